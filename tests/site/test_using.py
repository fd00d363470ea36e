"""A reader searches, copies and runs, by mouse and by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page


def run_of(page: Page, text: str) -> Locator:
    """Return the runnable block that holds a text, also once its text is in an editor."""
    blocks = page.locator("[data-run]")
    (number, *_) = (i for i, each in enumerate(blocks.all_inner_texts()) if text in each)
    return blocks.nth(number)


def printed_by(block: Locator) -> str:
    """Run a block, and return what it prints."""
    block.get_by_role("button", name="Run").click()
    output = block.locator(".run-output .printed")
    output.wait_for()
    return output.inner_text()


def test_a_search_finds_pages(open_page: Callable[..., Page]) -> None:
    page = open_page("index.html")
    page.get_by_role("textbox", name="Search").first.fill("bonferroni")
    page.keyboard.press("Enter")
    results = page.locator("#search-results li a")
    results.first.wait_for()
    assert "Score by slice" in results.all_inner_texts()


def test_copying_takes_the_code_and_no_prompts(open_page: Callable[..., Page]) -> None:
    page = open_page("tutorial.html")
    block = run_of(page, "find_missing_values")
    block.hover()
    block.get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "print(find_missing_values(rows))" in copied
    assert ">>>" not in copied
    assert "no missing values" not in copied


def test_a_block_runs_with_what_those_above_it_defined(open_page: Callable[..., Page]) -> None:
    page = open_page("tutorial.html")
    printed = printed_by(run_of(page, "find_missing_values"))
    assert "no missing values" in printed
    assert "index 461" in printed


def test_a_reader_edits_and_runs_by_the_keyboard(open_page: Callable[..., Page]) -> None:
    page = open_page("concepts/states.html")
    block = run_of(page, "ConfusionMatrix")
    block.get_by_role("button", name="Run").press("Enter")
    block.locator(".run-output .printed").wait_for()
    editor = block.get_by_role("textbox")
    editor.fill("6 * 7")
    editor.press("Control+Enter")
    page.get_by_text("42", exact=True).wait_for()
    editor.fill("1 / 0")
    editor.press("Control+Enter")
    error = block.locator(".run-output .error")
    error.wait_for()
    assert "line 1: ZeroDivisionError: division by zero" == error.inner_text()


def test_a_value_shows_its_table(open_page: Callable[..., Page]) -> None:
    page = open_page("howto/work-in-a-notebook.html")
    block = run_of(page, "matrix.report()")
    block.get_by_role("button", name="Run").click()
    frame = block.frame_locator("iframe")
    assert "macro avg" in frame.locator("table").inner_text()


def test_a_script_runs_in_the_page_that_shows_it(open_page: Callable[..., Page]) -> None:
    page = open_page("howto/ship-or-not.html")
    printed = printed_by(run_of(page, "def predict(width)"))
    assert "May ten lose one percent of accuracy? not worse" in printed


def test_without_webassembly_a_page_is_as_it_was(open_page: Callable[..., Page]) -> None:
    page = open_page("tutorial.html", without="WebAssembly")
    assert 0 == page.get_by_role("button", name="Run").count()
    assert page.get_by_role("heading", name="Read and check").is_visible()


def test_the_keyboard_reaches_the_content_first(open_page: Callable[..., Page]) -> None:
    page = open_page("howto.html")
    page.keyboard.press("Tab")
    assert "Skip to content" == page.evaluate("document.activeElement.textContent.trim()")

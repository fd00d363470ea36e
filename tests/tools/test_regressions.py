"""A ratio of a benchmark that fell behind the committed one is named."""

from __future__ import annotations

import pytest

from tools import regressions
from tools.projects import ROOT
from tools.regressions import Fallen, fallen, ratios

REPORT = """\
# Scores

| job | ours | scikit-learn | textbook |
|---|---|---|---|
| accuracy | 4.88 us | 158x (bar 50x, met) | 0.896x |
| import | 473 us | 2.19e+03x |  |
"""
GRID = """\
| job (peer) | 1 x 3 | 1,000 x 30 |
|---|---|---|
| fit NumPy (scikit-learn) |  | **0.62** |
| transform NumPy (scikit-learn) | 6.8 | 4.7 |

bars missed: none
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            REPORT,
            {
                ("accuracy", "scikit-learn"): 158.0,
                ("accuracy", "textbook"): 0.896,
                ("import", "scikit-learn"): 2190.0,
            },
        ),
        (
            GRID,
            {
                ("fit NumPy (scikit-learn)", "1,000 x 30"): 0.62,
                ("transform NumPy (scikit-learn)", "1 x 3"): 6.8,
                ("transform NumPy (scikit-learn)", "1,000 x 30"): 4.7,
            },
        ),
        ("no table\n", {}),
    ],
)
def test_the_ratios_of_a_table_are_read(text: str, expected: dict[tuple[str, str], float]) -> None:
    assert expected == ratios(text)


def test_tables_that_follow_each_other_are_read_with_columns_of_their_own() -> None:
    assert {**ratios(REPORT), **ratios(GRID)} == ratios(f"{REPORT}\n{GRID}")


@pytest.mark.parametrize(
    ("after", "falls"), [(4.0, False), (3.0, False), (2.99, True), (8.0, False), (0.1, True)]
)
def test_a_ratio_falls_if_it_loses_more_than_a_quarter(after: float, falls: bool) -> None:
    key = ("accuracy", "textbook")
    assert ([Fallen(*key, 4.0, after)] if falls else []) == fallen({key: 4.0}, {key: after})


def test_the_worst_comes_first_and_what_only_one_has_is_left_out() -> None:
    before = {("a", "x"): 4.0, ("b", "x"): 4.0, ("gone", "x"): 1.0}
    after = {("a", "x"): 2.0, ("b", "x"): 1.0, ("new", "x"): 1.0}
    assert ["b", "a"] == [each.job for each in fallen(before, after)]


def test_every_committed_result_has_ratios() -> None:
    pages = list((ROOT / "docs" / "benchmarks").glob("*.md"))
    assert [] == [page for page in pages if not ratios(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([REPORT], 0),
        ([REPORT.replace("158x", "1x"), REPORT], 0),
        ([REPORT.replace("158x", "1x"), REPORT.replace("158x", "2x")], 1),
    ],
    ids=["as before", "slow once", "slow twice"],
)
def test_what_fell_is_measured_again_before_it_is_named(
    runs: list[str],
    expected: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    waiting = [ratios(text) for text in runs]
    monkeypatch.setattr(regressions, "committed", lambda _: ratios(REPORT))
    monkeypatch.setattr(regressions, "measured", lambda _: waiting.pop(0))
    monkeypatch.setattr("sys.argv", ["regressions", "metrics"])
    assert expected == regressions.main()
    assert [] == waiting
    assert ("accuracy: scikit-learn 158x, now 2x" in capsys.readouterr().out) == bool(expected)

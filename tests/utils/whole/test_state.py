"""What ml-infra does with documents of any portion."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Callable

import pytest

from ml_infra_utils.decorators import RetryPolicy, Timings
from ml_infra_utils.metrics import ConfusionMatrix
from ml_infra_utils.preprocessing import summarize

Run = Callable[..., int]


def document(folder: Path, name: str, **seconds: float) -> Path:
    """Write a document of timings."""
    timings = Timings()
    for stage, duration in seconds.items():
        timings.observe(stage, duration)
    path = folder / name
    path.write_text(timings.to_json(), encoding="utf-8")
    return path


def test_state_show_prints_the_table_of_a_document(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    path = document(tmp_path, "a.json", load=0.5)
    assert 0 == run("state", "show", path)
    assert f"{Timings.from_json(path.read_text())}\n" == capsys.readouterr().out
    assert 0 == run("state", "show", path, "--format", "json")
    assert json.loads(path.read_text()) == json.loads(capsys.readouterr().out)


def test_state_show_prints_the_entries_of_what_has_no_table(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "policy.json"
    path.write_text(RetryPolicy(max_attempts=7).to_json())
    assert 0 == run("state", "show", path, "--format", "markdown")
    assert "max\\_attempts | 7" in capsys.readouterr().out
    assert 2 == run("state", "merge", path)
    assert f"error: {path}: a RetryPolicy cannot be merged\n" == capsys.readouterr().err


def test_state_merge_adds_documents_up(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [document(tmp_path, "a.json", load=0.5), document(tmp_path, "b.json", load=1.5)]
    assert 0 == run("state", "merge", *paths)
    total = Timings.from_json(capsys.readouterr().out)
    assert 0 == run("state", "merge", *paths, "-o", tmp_path / "all.json")
    assert 2 == total["load"].count
    assert total == Timings.from_json((tmp_path / "all.json").read_text())


def test_state_diff_names_the_entries_that_differ(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = document(tmp_path, "a.json", load=0.5), document(tmp_path, "b.json", load=0.25, save=1)
    assert 0 == run("state", "diff", a, a)
    capsys.readouterr()
    assert 1 == run("state", "diff", a, b, "--format", "json")
    found = json.loads(capsys.readouterr().out)
    assert not found["holds"]
    assert {"entry": "timings.load.total", "a": "0.5", "b": "0.25"} in found["differences"]
    assert "timings.save.count" in [each["entry"] for each in found["differences"]]


def test_state_reads_standard_input(
    tmp_path: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = document(tmp_path, "a.json", load=0.5).read_text()
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert 0 == run("state", "merge", "-")
    assert json.loads(text) == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty"),
        ("[1]", 'must be a document that begins with "schema": "ml-infra/…", got [1]'),
        ("{", "must be a document of JSON (Expecting property name"),
        ('{"schema": "other/1"}', 'begins with "schema": "ml-infra/…", got "other/1"'),
        ('{"schema": "ml-infra/timing-s/1"}', "did you mean 'timings'?"),
        ('{"schema": "ml-infra/retry/1"}', "no installed portion has documents of the kind"),
        ('{"schema": "ml-infra/timings/2", "timings": {}}', "a newer release wrote it"),
        ('{"schema": "ml-infra/timings/1", "timings": 1}', "timings must be an object"),
    ],
)
def test_what_is_no_document_is_refused_in_one_line(
    text: str, expected: str, tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    assert 2 == run("state", "show", path)
    error = capsys.readouterr().err
    assert error.startswith(f"error: {path}: ")
    assert expected in error
    assert 1 == error.count("\n")


def test_documents_of_two_kinds_do_not_go_together(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = document(tmp_path, "a.json", load=0.5), tmp_path / "b.json"
    b.write_text(summarize([1, 2]).to_json())
    for command in ("merge", "diff"):
        assert 2 == run("state", command, a, b)
        expected = f"error: {b}: must be a Timings like {a}, got a Summary\n"
        assert expected == capsys.readouterr().err


def test_a_sum_that_cannot_be_made_names_the_file_and_leaves_the_output_as_it_was(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, classes in zip(paths, (["x", "y"], ["x", "z"])):
        matrix = ConfusionMatrix.from_predictions(["x"], ["x"], classes=classes)
        path.write_text(matrix.to_json())
    output = tmp_path / "all.json"
    output.write_text("before")
    assert 2 == run("state", "merge", *paths, "-o", output)
    assert capsys.readouterr().err.startswith(f"error: {paths[1]}: ")
    assert "before" == output.read_text()
    assert sorted([*paths, output]) == sorted(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_told_by_the_name_that_was_given(
    tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    path, output = document(tmp_path, "a.json", load=0.5), tmp_path / "no" / "b.json"
    assert 2 == run("state", "merge", path, "-o", output)
    assert f"error: {output}: No such file or directory\n" == capsys.readouterr().err

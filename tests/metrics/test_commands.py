"""The commands: score and compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ml_infra_utils.metrics import ConfusionMatrix, RegressionErrors, ScoreHistogram
from tests.metrics.commands import GUESSES, ROWS, TRUTHS, Run, write

# score


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_score_prints_the_report_of_all(
    name: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run("score", write(name), "-p", "guess", "-l", "truth")
    report = ConfusionMatrix.from_predictions(GUESSES, TRUTHS).report()
    assert capsys.readouterr().out.startswith(str(report).rstrip())


@pytest.mark.parametrize(
    ("limit", "status"),
    [("f1=0.5", 0), ("f1=0.99", 1), ("accuracy=0.8", 0), ("acc=0.9", 1)],
)
def test_score_fails_below_a_limit(
    limit: str, status: int, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("-p", "guess", "-l", "truth", "--fail-under", limit, "--format", "json")
    assert status == run("score", write("a.csv"), *options)
    found = json.loads(capsys.readouterr().out)
    assert (status == 0) is found["holds"]
    assert status == len(found["problems"])


def test_score_by_slice_fails_only_what_chance_does_not_explain(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"guess": 1, "truth": int(i % 10 < right), "country": country}
        for country, right, count in (("de", 2, 200), ("it", 9, 200), ("mt", 8, 10))
        for i in range(count)
    ]
    options = ("-p", "guess", "-l", "truth", "--by", "country", "--fail-under", "accuracy=0.9")
    assert 1 == run("score", write("a.csv", rows), *options, "--format", "github")
    printed = capsys.readouterr().out
    assert "::accuracy 0.2 of slice 'de' is below 0.9\n" in printed
    assert "slice 'it'" not in printed
    assert "slice 'mt'" not in printed


def test_score_by_two_columns_names_slices_by_both(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("-p", "guess", "-l", "truth", "--by", "country", "--by", "guess")
    assert 0 == run("score", write("a.csv"), *options, "--format", "json")
    slices = json.loads(capsys.readouterr().out)["slices"]
    assert [["de", 0], ["de", 1], ["it", 0], ["it", 1], "overall"] == [s["slice"] for s in slices]


def test_too_many_slices_are_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ml_infra_utils.metrics._commands.score.MOST_SLICES", 3)
    assert 2 == run("score", write("a.csv"), "-p", "guess", "-l", "truth", "--by", "x")
    assert "--by must name columns of at most 3 slices, got x with more" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "average macro"),
        (["--positive", "spam"], "positive class 'spam'"),
        (["--average", "micro"], "average micro"),
    ],
)
def test_score_says_of_which_class_or_average_a_limit_is(
    options: list[str], expected: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"guess": "spam", "truth": each} for each in ("spam", "ham")]
    assert 0 == run("score", write("a.csv", rows), "-p", "guess", "-l", "truth", *options)
    assert f"Limits of single classes: {expected}." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--positive", "spm"], "--positive must be one of '0', '1', got 'spm'"),
        (["--positive", "1", "--average", "macro"], "must not be given together"),
        (["--fail-under", "f1"], "--fail-under must be NAME=NUMBER, got 'f1'"),
        (["--fail-under", "f1=high"], "--fail-under must be NAME=NUMBER, got 'f1=high'"),
        (["--fail-under", "f1=nan"], "--fail-under must be NAME=NUMBER, got 'f1=nan'"),
        (["--fail-under", "acuracy=1"], "did you mean 'accuracy'?"),
        (["--kind", "numbers", "--plot", "a.png"], "--plot must be given with --by"),
        (["--by", "country", "--save", "a.json"], "--save must not be given with --by"),
        (["--save", "no/a.json"], "no/a.json: No such file or directory"),
        (["--by", "contry"], "'country', 'x'; did you mean 'country'?"),
        (["--formt", "json"], "--format"),
        (["--format", "xml"], "Invalid value for '--format'"),
        (["more.csv"], "unexpected extra argument"),
    ],
)
def test_wrong_options_of_score_are_told_in_one_line(
    options: list[str], expected: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run("score", write("a.csv"), "-p", "guess", "-l", "truth", *options)
    error = capsys.readouterr().err
    assert expected in error
    assert 1 == error.count("\n")
    assert ["a.csv"] == [path.name for path in Path().iterdir()]


@pytest.mark.parametrize(
    ("kind", "column", "state"),
    [
        ("classes", "guess", ConfusionMatrix.from_predictions),
        ("scores", "guess", ScoreHistogram.from_probabilities),
        ("numbers", "x", RegressionErrors.from_predictions),
    ],
)
@pytest.mark.parametrize("form", ["table", "json", "markdown"])
def test_score_keeps_the_counts_as_a_document(
    kind: str, column: str, state: Any, form: str, run: Run
) -> None:
    options = ("--kind", kind, "--save", "s.json", "--format", form)
    assert 0 == run("score", write("a.csv"), "-p", column, "-l", "truth", *options)
    whole = state([row[column] for row in ROWS], TRUTHS)
    assert whole == type(whole).from_json(Path("s.json").read_text())


@pytest.mark.parametrize("options", [[], ["--by", "country"], ["--kind", "scores"]])
def test_score_draws(options: list[str], run: Run) -> None:
    pytest.importorskip("matplotlib")
    assert 0 == run(
        "score", write("a.csv"), "-p", "guess", "-l", "truth", "--plot", "a.png", *options
    )
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")


def test_errors_fail_over_a_limit(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--kind", "numbers", "--fail-over", "mean_absolute_error=1")
    assert 1 == run("score", write("a.csv"), "-p", "x", "-l", "truth", *options)
    assert "mean_absolute_error 6.775 is above 1" in capsys.readouterr().out


# compare


def models(a: list[int], b: list[int]) -> tuple[str, str]:
    truth = [i % 2 for i in range(len(a))]
    slices = ["it" if i % 4 < 2 else "de" for i in range(len(a))]

    def written(name: str, guesses: list[int]) -> str:
        rows = zip(guesses, truth, slices)
        return write(name, [{"p": guess, "l": label, "c": place} for guess, label, place in rows])

    return written("a.csv", a), written("b.jsonl", b)


GOOD, BAD_MODEL = [i % 2 for i in range(400)], [int(i % 3 == 0) for i in range(400)]


@pytest.mark.parametrize(
    ("a", "b", "decision", "status"),
    [
        (GOOD, BAD_MODEL, "better", 0),
        (BAD_MODEL, GOOD, "worse", 1),
        (GOOD, GOOD, "not worse", 0),
        (GOOD[:4], GOOD[:4], "undecided", 1),
    ],
)
@pytest.mark.parametrize("score", ["accuracy", "roc_auc"])
def test_compare_decides(
    a: list[int],
    b: list[int],
    decision: str,
    status: int,
    score: str,
    run: Run,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = ("-p", "p", "-l", "l", "--score", score, "--margin", "0.05")
    assert status == run("compare", *models(a, b), *options, "--format", "json")
    found = json.loads(capsys.readouterr().out)
    if score == "accuracy" or decision in ("better", "worse"):
        assert decision == found["decision"]
    assert (status == 0) is found["holds"]


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_compare_says_its_decision_in_words(
    form: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run("compare", *models(GOOD, BAD_MODEL), "-p", "p", "-l", "l", "--format", form)
    assert capsys.readouterr().out.rstrip().endswith("a is better than b (margin 0.01)")


def test_compare_by_slice_fails_where_a_is_worse(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    a = [each if i % 4 < 2 else 1 - each for i, each in enumerate(GOOD)]
    files = models(a, GOOD)
    assert 1 == run("compare", *files, "-p", "p", "-l", "l", "--by", "c")
    assert "a is worse in slice 'de'\na is worse in the whole\n" in capsys.readouterr().out
    assert 0 == run("compare", *reversed(files), "-p", "p", "-l", "l", "--by", "c")


@pytest.mark.parametrize(
    ("b", "expected"),
    [
        ("p,l\n1,1\n0,1\n", "b.csv: row 2, column 'l' must be 0 as in a.csv, got 1; both files"),
        ("p,l\n1,1\n", "b.csv: has 1 rows, fewer than the other file"),
        ("p,l\n1,1\n0,0\n1,1\n", "a.csv: has 2 rows, fewer than the other file"),
        ("p,l\n1,1\nNA,0\n", "b.csv: row 2, column 'p' must not be missing"),
    ],
)
def test_files_of_other_rows_are_not_compared(
    b: str, expected: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.csv").write_text("p,l\n1,1\n0,0\n")
    Path("b.csv").write_text(b)
    assert 2 == run("compare", "a.csv", "b.csv", "-p", "p", "-l", "l")
    assert capsys.readouterr().err.startswith(f"error: {expected}")


def test_two_files_cannot_both_be_standard_input(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run("compare", "-", "-", "-p", "p", "-l", "l")
    assert "must not both be standard input" in capsys.readouterr().err

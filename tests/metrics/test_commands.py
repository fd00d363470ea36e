"""The commands: score and compare, and the files that they read."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

from ml_infra_utils.metrics import ConfusionMatrix, RegressionErrors, ScoreHistogram
from ml_infra_utils.metrics._commands import alone, files
from ml_infra_utils.metrics._commands.files import batches
from ml_infra_utils.metrics._commands.progress import Progress
from ml_infra_utils.metrics._commands.running import (
    CommandError,
    tell,
    write_text,
    written_aside,
)

Run = Callable[..., int]
ROWS = [
    {
        "guess": i % 2,
        "truth": int(i % 6 < 2 or i % 2),
        "country": "it" if i % 5 else "de",
        "x": i / 4,
    }
    for i in range(60)
]
GUESSES = [row["guess"] for row in ROWS]
TRUTHS = [row["truth"] for row in ROWS]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in an empty folder; return its status."""
    pytest.importorskip("typer", reason="there is none for WebAssembly")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["metrics", *map(str, arguments)])
        return alone.main(["score", "compare"])

    return run


def as_csv(rows: list[dict[str, Any]], end: str = "\n") -> str:
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    return end.join(lines) + end


def write(name: str, rows: list[dict[str, Any]] = ROWS) -> str:
    """Write a file of the kind that its name says."""
    path = Path(name)
    if ".parquet" in name:
        import pandas as pd

        pd.DataFrame(rows).to_parquet(path)
        return name
    text = as_csv(rows)
    if ".jsonl" in name:
        text = "\n".join(map(json.dumps, rows))
    if ".tsv" in name:
        text = text.replace(",", "\t")
    data = text.encode()
    if name.endswith(".zst"):
        import pyarrow as pa

        with pa.CompressedOutputStream(name, "zstd") as file:
            file.write(data)
        return name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return name


# Files


KINDS = ["a.csv", "a.tsv", "a.jsonl", "a.parquet", "a.csv.gz", "a.jsonl.gz", "a.csv.zst"]


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("name", KINDS)
def test_a_table_is_the_same_in_files_of_every_kind(name: str) -> None:
    (batch,) = batches(write(name))
    assert {key: [row[key] for row in ROWS] for key in ROWS[0]} == batch


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("name", [name for name in KINDS if "tsv" not in name])
def test_standard_input_shows_in_its_content_what_it_is(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Path(write(name)).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    (batch,) = batches("-")
    assert GUESSES == batch["guess"]


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("reader", ["_by_pyarrow", "_by_polars", "_by_duckdb"])
def test_parquet_is_the_same_by_every_library(reader: str) -> None:
    pytest.importorskip(reader[4:])
    write("a.parquet")
    with Path("a.parquet").open("rb") as stream:
        (batch,) = getattr(files, reader)("a.parquet", stream, ["x", "guess"])
    assert {"x": [row["x"] for row in ROWS], "guess": GUESSES} == batch


def test_without_a_library_for_parquet_the_error_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write("a.parquet")
    for module in ("pyarrow", "polars", "duckdb"):
        monkeypatch.setitem(sys.modules, module, None)
    assert 2 == run("score", "a.parquet", "-p", "guess", "-l", "truth")
    expected = "error: a.parquet: to read Parquet, pip install pyarrow, polars or duckdb\n"
    assert expected == capsys.readouterr().err


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "-2", "+3"], [1, -2, 3]),
        (["1", "2.5", "NA", "1e3", ""], [1.0, 2.5, None, 1000.0, None]),
        (["007", "8"], ["007", "8"]),
        (["1_000", "2"], ["1_000", "2"]),
        (["true", "False", "null"], [True, False, None]),
        (["NA", "it", ""], ["NA", "it", None]),
        (["", "NA"], [None, None]),
        (["inf", "1"], [float("inf"), 1.0]),
    ],
)
def test_cells_have_the_first_type_that_all_of_a_column_have(
    cells: list[str], expected: list[Any]
) -> None:
    Path("a.csv").write_text("a,b\n" + "".join(f"{cell},x\n" for cell in cells))
    (batch,) = batches("a.csv", ["a"])
    assert expected == batch["a"]


@pytest.mark.usefixtures("run")
def test_a_column_may_begin_without_values_and_go_on_with_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "ROWS", 2)
    Path("a.csv").write_text("a,b\n,1\n,2\n3,3\nnan,4\n5.5,5.5\n1_0.,6\n".replace("1_0.", "7"))
    found = list(batches("a.csv"))
    assert [[None, None], [3, None], [5.5, 7]] == [batch["a"] for batch in found]
    assert [[1, 2], [3, 4], [5.5, 6.0]] == [batch["b"] for batch in found]


BAD = {
    "missing.csv": (None, "missing.csv: No such file or directory"),
    "empty.csv": (b"", "empty.csv: is empty"),
    "head.csv": (b"guess,truth\n", "head.csv: has no rows"),
    "short.csv": (b"guess,truth\n1,1\n0\n", "short.csv: line 3 has 1 cell, the header has 2"),
    "long.csv": (b"guess,truth\n1,1,1\n", "long.csv: line 2 has 3 cells, the header has 2"),
    "twice.csv": (b"guess,truth,truth\n1,1,1\n", "twice.csv: two columns are named 'truth'"),
    "quote.csv": (b'guess,truth\n1,"1\n', "quote.csv: line 2 is no CSV: unexpected end of data"),
    "latin.csv": (b"guess,truth\n\xe9,1\n", "latin.csv: must be text in UTF-8, got other bytes"),
    "json.csv": (b'{"guess": 1}\n', "json.csv: is no CSV, as its ending says; it looks like JSON"),
    "packed.csv": (gzip.compress(b"guess\n1\n"), "packed.csv: is gzip, not CSV as its ending says"),
    "plain.csv.gz": (b"guess,truth\n1,1\n", "plain.csv.gz: is no gzip, as its ending says"),
    "torn.csv.gz": (
        gzip.compress(b"guess,truth\n" + b"1,1\n" * 99)[:-9],
        "torn.csv.gz: is damaged",
    ),
    "csv.parquet": (b"guess,truth\n1,1\n", "csv.parquet: is no Parquet, as its ending says"),
    "torn.parquet": (b"PAR1" + b"0" * 40, "torn.parquet: is damaged"),
    "csv.jsonl": (b"guess,truth\n", "csv.jsonl: is no JSON lines, as its ending says: a line must"),
    "torn.jsonl": (b'{"guess": 1}\n{"guess"\n', "torn.jsonl: line 2 is no JSON: Expecting ':'"),
    "list.jsonl": (b'{"guess": 1}\n[1]\n', "list.jsonl: line 2 must be an object in braces"),
    "deep.jsonl": (
        b'{"guess": [1], "truth": 1}\n',
        "deep.jsonl: line 1, column 'guess' must be a number, text, true, false or null, got [1]",
    ),
    "mixed.jsonl": (
        b'{"guess": 1, "truth": 1}\n{"guess": "a", "truth": 1}\n',
        "mixed.jsonl: line 2, column 'guess' must be an integer like those before, got 'a' (str)",
    ),
    "none.csv": (
        b"guess,truth\n1,1\nNA,1\n",
        "none.csv: row 2, column 'guess' must not be missing",
    ),
    "names.csv": (
        b"gues,truth\n1,1\n",
        "names.csv: has no column 'guess'; did you mean 'gues'?; there are 'gues', 'truth'",
    ),
    "half.csv": (b"guess,truth\n0.5,1\n", "half.csv: in rows 1 to 1, predictions"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_in_one_line(
    name: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    data, expected = BAD[name]
    if data is not None:
        Path(name).write_bytes(data)
    assert 2 == run("score", name, "-p", "guess", "-l", "truth")
    error = capsys.readouterr().err
    assert error.startswith(f"error: {expected}")
    assert 1 == error.count("\n")


def test_a_cell_that_does_not_fit_later_on_is_named_by_line_and_column(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(files, "ROWS", 2)
    Path("a.csv").write_text("guess,truth\n1,1\n0,1\n1,0\nspam,1\n")
    command = ("score", "a.csv", "-p", "guess", "-l", "truth")
    assert 2 == run(*command)
    assert (
        "error: a.csv: line 5, column 'guess' must be an integer like those before, "
        "got 'spam' (str); --text guess reads the column as text\n"
    ) == capsys.readouterr().err
    assert 0 == run(*command, "--text", "guess", "--text", "truth")


def test_a_key_that_comes_later_on_is_an_error(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    del run
    monkeypatch.setattr(files, "ROWS", 1)
    Path("a.jsonl").write_text('{"a": 1}\n\n{"a": 2, "b": 3}\n')
    assert [{"a": [1]}, {"a": [2]}] == list(batches("a.jsonl", ["a"]))
    with pytest.raises(CommandError, match=r"line 3 has a key that none before has, 'b'"):
        list(batches("a.jsonl"))


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
        (["--by", "contry"], "has no column 'contry'; did you mean 'country'?"),
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


# How commands run


def test_without_typer_one_line_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    assert 2 == run("score")
    expected = "error: the commands need typer: pip install 'ml-infra-metrics[cli]'\n"
    assert expected == capsys.readouterr().err


def test_without_arguments_the_help_is_shown(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == run()
    assert "score" in capsys.readouterr().out


def test_no_permission_to_write_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("")
    with pytest.raises(OSError, match="Not a directory") as caught:
        write_text(folder / "a.json", "")
    assert str(folder / "a.json") == caught.value.filename


def test_a_file_is_written_aside_and_an_error_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")
    path.chmod(0o640)

    def interrupted() -> None:
        with written_aside(path) as aside:
            aside.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert ("old", [path]) == (path.read_text(), [*tmp_path.iterdir()])
    write_text(path, "new")
    assert ("new", [path]) == (path.read_text(), [*tmp_path.iterdir()])
    assert os.name == "nt" or 0o640 == path.stat().st_mode & 0o777


def test_an_error_is_never_longer_than_a_thousand_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell("long " * 1000)
    assert 1009 > len(capsys.readouterr().err)


def test_the_progress_shows_on_a_terminal_after_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    path = tmp_path / "a.csv"
    path.write_bytes(b"0" * 100)
    with path.open("rb") as file, Progress("a.csv", 100, file) as progress:
        file.read(50)
        progress()
        assert "" == terminal.getvalue()
        progress._start -= 2
        progress()
    assert "50%" in terminal.getvalue()


ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_an_encoding_without_the_letters_of_a_class_will_do(run: Run) -> None:
    del run
    write("a.csv", [{"guess": "é", "truth": "é"}, {"guess": "ü", "truth": "é"}])
    command = [sys.executable, "-m", "ml_infra_utils.metrics", "score", "a.csv", "-p", "guess"]
    settings = {**ENVIRONMENT, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([*command, "-l", "truth"], env=settings, capture_output=True)
    assert (0, b"") == (done.returncode, done.stderr)
    assert b"\\xfc" in done.stdout


@pytest.mark.parametrize("surroundings", [("COLUMNS", "20"), ("NO_COLOR", "1")])
def test_errors_are_the_same_on_any_terminal(
    surroundings: tuple[str, str],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(*surroundings)
    assert 2 == run("score", write("a.csv"), "-p", "guess")
    error = capsys.readouterr().err
    assert error.startswith("error: Missing option '-l' / '--label'.")
    assert 1 == error.count("\n")
    assert 0 == run("score", "--help")
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_reader_that_has_had_enough_does_not_change_the_status(run: Run) -> None:
    del run
    write("a.csv")
    command = [sys.executable, "-m", "ml_infra_utils.metrics", "score", "a.csv", "-p", "guess"]
    command += ["-l", "truth", "--fail-under", "accuracy=1"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, env=ENVIRONMENT, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (1, b"") == (done.returncode, done.stderr)

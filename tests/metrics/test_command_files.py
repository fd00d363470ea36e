"""The files that commands read: of every kind, good and bad."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path
from typing import Any

import pytest

from ml_infra_utils.metrics._commands import files
from ml_infra_utils.metrics._commands.files import batches
from ml_infra_utils.metrics._commands.running import (
    CommandError,
)
from tests.metrics.commands import GUESSES, ROWS, Run, write

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
        "names.csv: has no column 'guess'; there are 'gues', 'truth'; did you mean 'gues'?",
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

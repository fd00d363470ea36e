"""CSV means the same whether PyArrow splits it or Python's csv does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pyarrow")

from ml_infra_utils.preprocessing._commands import files
from ml_infra_utils.preprocessing._commands.csv_blocks import PlainLines
from ml_infra_utils.preprocessing._commands.files import batches
from ml_infra_utils.preprocessing._commands.running import CommandError


@pytest.fixture(autouse=True)
def _short_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ROWS", 2)


def read(path: Path, arrays: bool) -> Any:
    """Return what is read of a file: batches of lists, or the error that ends it."""
    try:
        return repr(list(lists(path, arrays)))
    except CommandError as error:
        return str(error)


def lists(path: Path, arrays: bool) -> Any:
    for batch in batches(str(path), blocks=PlainLines if arrays else None):
        yield {
            name: values.to_pylist() if hasattr(values, "to_pylist") else values
            for name, values in batch.items()
        }


COLUMNS = {
    "integers": ["1", "-2", "+3", "0", "-0", "9223372036854775807", "9223372036854775808", " 7"],
    "numbers": ["1.5", "-.5", "5.", "1e3", "1E-400", "1e400", "inf", "-Infinity", "0.1", "1e5"],
    "missing": ["1", "", "NA", "N/A", "NaN", "nan", "null", "NULL", "2", "2.5"],
    "truths": ["true", "False", "", "TRUE", "false", "NA"],
    "texts": ["a", "", "NA", "ä", "\u2028", "x;y", "007", " "],
    "late": ["", "", "", "", "1", "2.5", "3"],
    "leading zero": ["1", "2", "007"],
    "late text": ["1", "2", "3", "four"],
    "hexadecimal": ["1", "2", "3", "0x10"],
    "underscore": ["1", "2", "3", "1_000"],
    "not a number of another spelling": ["1.5", "2.5", "3.5", "NAN"],
    "digits of another script": ["1", "2", "3", "\u0661"],
    "late truth": ["true", "false", "true", "yes"],
}


@pytest.mark.parametrize("cells", COLUMNS.values(), ids=COLUMNS)
def test_cells_mean_the_same(cells: list[str], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("".join(f"{cell},x\n" for cell in ["a", *cells]), encoding="utf-8")
    assert read(path, arrays=False) == read(path, arrays=True)


@pytest.mark.parametrize("arrays", [False, True])
@pytest.mark.parametrize("cell", ["007", "-00", "0x10", "1_000", "four"])
def test_a_cell_that_is_no_number_of_its_column_is_named(
    cell: str, arrays: bool, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"a,b\n1,x\n2,x\n3,x\n{cell},x\n")
    message = f"line 5, column 'a' must be an integer like those before, got '{cell}'"
    assert message in read(path, arrays)


FILES = {
    "quotes": b'a,b\n1,2\n3,4\n5,"6"\n7,"8\n9"\n10,11\n',
    "quotes in the head": b'"a",b\n1,2\n',
    "text behind quotes": b'a,b\n1,2\n3,4\n5,"6"x\n',
    "quotes without an end": b'a,b\n1,2\n3,4\n5,"6\n7,8\n',
    "quote amid text": b'a,b\n1,2\n3,4\n5,6"\n',
    "an empty line": b"a,b\n1,2\n3,4\n\n5,x\n",
    "an empty line at the end of a batch": b"a,b\n1,2\n\n3,4\n5,x\n",
    "an empty line before the head": b"\na,b\n1,2\n3,4\n",
    "a line of blanks": b"a,b\n1,2\n3,4\n  \n",
    "lines of Windows": b"a,b\r\n1,2\r\n3,4\r\n5,x\r\n",
    "lines of an old Mac": b"a,b\r1,2\r3,4\r5,x\r",
    "mixed lines": b"a,b\n1,2\r\n3,4\r5,6\n7,x\n",
    "no end of the last line": b"a,b\n1,2\n3,4\n5,6",
    "a byte order mark": b"\xef\xbb\xbfa,b\n1,2\n3,4\n",
    "too few cells": b"a,b\n1,2\n3,4\n5\n",
    "too many cells": b"a,b\n1,2\n3,4\n5,6,7\n",
    "one column with an empty cell": b"a\n1\n2\n\n3\nx\n",
    "other bytes than UTF-8": b"a,b\n1,2\n3,4\n5,\xff\n",
    "other bytes than UTF-8 in the head": b"a,\xff\n1,2\n",
    "a cell of 200,000 characters": b"a,b\n1,2\n3,4\n5," + b"x" * 200_000 + b"\n",
    "two columns of one name": b"a,a\n1,2\n",
    "no rows": b"a,b\n",
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_files_mean_the_same(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert read(path, arrays=False) == read(path, arrays=True)


@given(st.lists(st.lists(st.text('a1.0e-"\r\n ,x', max_size=4), min_size=2, max_size=2)))
def test_any_lines_mean_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(("a,b\n" + "".join(f"{','.join(row)}\n" for row in rows)).encode())
    assert read(path, arrays=False) == read(path, arrays=True)


def test_numbers_are_arrays_where_a_file_is_plain(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,x\n2,y\n3,z\n4,\n")
    last = list(batches(str(path), blocks=PlainLines))[-1]
    assert ["int64", "string"] == [str(column.type) for column in last.values()]

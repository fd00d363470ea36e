"""The script of the page "Scale a big table" does it on a Dask cluster and in Spark."""

from __future__ import annotations

import pytest

from tests.examples.transcripts import PAGES, commands, run


@pytest.mark.parametrize("engine", ["dask", "spark"])
def test_the_script_prints_on_an_engine_what_the_page_shows(engine, tmp_path):
    shown = commands(PAGES / "scale-a-big-table.md")[0]
    (printed,) = run([shown.line.replace("polars", engine)], tmp_path)
    assert shown.wanted.splitlines()[-1] in printed.splitlines()

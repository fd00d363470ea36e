"""The commands: profile, scale and drift. How files are read is tested with metrics."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

from ml_infra_utils.preprocessing import (
    Contract,
    MinMaxScaler,
    StandardScaler,
    Summary,
    summarize,
)
from ml_infra_utils.preprocessing._commands import alone, files
from ml_infra_utils.preprocessing._commands.summaries import summary_of_file

Run = Callable[..., int]
TABLE = "id,age,pay,country\n007,20,1000.5,it\n012,40,2000.5,de\n100,60,3000.5,it\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a folder that holds a table; return its status."""
    pytest.importorskip("typer", reason="there is none for WebAssembly")
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(TABLE)

    def run(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["preprocessing", *map(str, arguments)])
        return alone.main(["profile", "check", "infer", "scale", "drift"])

    return run


# profile


def test_profile_prints_the_summary_of_each_column(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run("profile", "a.csv")
    assert [
        "column   type   count  missing     min     max    mean   std",
        "id       str        3        0",
        "age      int        3        0      20      60      40    20",
        "pay      float      3        0  1000.5  3000.5  2000.5  1000",
        "country  str        3        0",
    ] == capsys.readouterr().out.splitlines()


def test_profile_prints_a_document_that_can_be_kept(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run("profile", "a.csv", "--format", "json", "--save", "ref.json", "-c", "age")
    printed = Summary.from_json(capsys.readouterr().out)
    assert printed == Summary.from_json(Path("ref.json").read_text())
    assert summarize([20, 40, 60])[0].mean == printed["age"].mean


@pytest.mark.usefixtures("run")
def test_a_summary_does_not_depend_on_how_a_file_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"{i},{i * 0.5},{'x' * (i % 7)},{i % 2 == 0}\n" for i in range(100)]
    Path("b.csv").write_text("a,b,c,d\n" + "".join(rows))
    whole = summary_of_file("b.csv", None, ())
    monkeypatch.setattr(files, "ROWS", 7)
    parts = summary_of_file("b.csv", None, ())
    for one, other in zip(whole, parts):
        assert (one.name, one.type, one.count, one.min, one.max) == (
            other.name,
            other.type,
            other.count,
            other.min,
            other.max,
        )
        assert one.top == other.top
        assert one.distinct == other.distinct
    assert pytest.approx(whole["b"].std) == parts["b"].std


@pytest.mark.usefixtures("run")
def test_a_column_of_many_texts_keeps_the_frequent_ones_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [f"{'often' if i % 3 else f'id {i}'}\n" for i in range(15_000)]
    Path("b.csv").write_text("a\n" + "".join(rows))
    monkeypatch.setattr(files, "ROWS", 600)
    column = summary_of_file("b.csv", None, ())["a"]
    assert ("often", 10_000) == (column.top[0].value, column.top[0].count.least)
    assert 5_001 == column.distinct.most
    assert column.distinct.least < 5_001
    document = json.loads(Summary([column]).to_json())
    assert Summary([column]) == Summary.from_dict(document)


# check and infer


BAD = "id,age,pay,day\n007,20,10.5,2020-01-01\n012,,20.5,2020-02-30\n007,260,x,2020-01-03\n"


def test_check_says_what_is_wrong_and_where(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    Path("b.csv").write_text(BAD)
    assert 1 == run("check", "b.csv", "--no-missing", "--range", "age=0:130", "--range", "pay=0:")
    assert [
        "3 rows checked, 3 breaches",
        "1 in column 'age' nullable at index 1 (None)",
        "1 in column 'age' range [0.0, 130.0] at index 2 (260)",
        "1 in column 'pay' range [0.0, inf) at index 2 ('x')",
    ] == capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("form", ["table", "json", "markdown", "github"])
@pytest.mark.parametrize(("low", "status"), [(0, 0), (50, 1)])
def test_check_tells_in_every_form_whether_all_is_well(
    form: str, low: int, status: int, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status == run("check", "a.csv", "--range", f"age={low}:", "--format", form)
    printed = capsys.readouterr().out
    signs = {
        "table": ["all is well", "2 breaches"],
        "json": ['"holds": true', '"holds": false'],
        "markdown": ["all is well", "2 breaches"],
        "github": ["::notice file=a.csv", "::error file=a.csv"],
    }
    assert signs[form][status] in printed


@pytest.mark.parametrize("rows", [1, 10_000])
def test_positions_are_those_of_the_file_however_it_is_cut(
    rows: int, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(files, "ROWS", rows)
    assert 1 == run("check", "a.csv", "--range", "age=0:50")
    assert "in column 'age' range [0.0, 50.0] at index 2 (60)" in capsys.readouterr().out


@pytest.mark.parametrize("rows", [1, 10_000])
@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"id": {"dtype": "text", "unique": True}}, "in column 'id' unique at index 2 ('007')"),
        ({"age": {"dtype": "integer", "nullable": False}}, "'age' nullable at index 1 (None)"),
        ({"pay": {"dtype": "float"}}, "'pay' dtype float at index 2 ('x')"),
        ({"day": {"dtype": "date"}}, "'day' dtype date at index 1 ('2020-02-30')"),
        ({"id": {"pattern": "0.7"}}, "'id' pattern '0.7' at index 1 ('012')"),
        ({"age": {"values": [20]}}, "'age' values 20 at index 2 (260)"),
        ({"age": {"dtype": "bool"}}, "'age' dtype bool at index 0 ('20')"),
        ({"pay": {"monotonic": "increasing"}}, "'pay' monotonic increasing at index 2 ('x')"),
        ({"price": {}}, "in column 'price' required"),
    ],
)
def test_a_contract_reads_cells_by_what_it_says_of_their_column(
    rules: dict[str, Any],
    expected: str,
    rows: int,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(files, "ROWS", rows)
    Path("b.csv").write_text(BAD)
    Path("c.json").write_text(Contract(rules).to_json())
    assert 1 == run("check", "b.csv", "--contract", "c.json")
    assert expected in capsys.readouterr().out


def test_a_good_table_keeps_the_contract_that_was_inferred_from_it(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in as_rows("a.csv")))
    assert 0 == run("infer", "a.csv", "--save", "c.json", "--format", "json")
    kept = Contract.from_json(Path("c.json").read_text())
    assert kept == Contract.from_json(capsys.readouterr().out)
    assert (0, 0) == tuple(run("check", f, "--contract", "c.json") for f in ("a.csv", "a.jsonl"))
    Path("b.csv").write_text(TABLE.replace("60,", "600,"))
    assert 1 == run("check", "b.csv", "--contract", "c.json")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["a.csv"], "either --contract, or --no-missing or --range must be given"),
        (["a.csv", "--contract", "c.json", "--no-missing"], "either --contract, or --no-missing"),
        (["a.csv", "--range", "age"], "--range must be COLUMN=LOW:HIGH, got 'age'"),
        (["a.csv", "--range", "age=0"], "--range must be COLUMN=LOW:HIGH, got 'age=0'"),
        (["a.csv", "--range", "age=x:1"], "--range must be COLUMN=LOW:HIGH, got 'age=x:1'"),
        (
            ["a.csv", "--range", "aeg=0:1"],
            "has no column 'aeg'; there are 'id', 'age', 'pay', 'country'; did you mean 'age'?",
        ),
        (["a.csv", "--contract", "c.json"], "c.json: No such file or directory"),
        (["a.csv", "--contract", "a.csv"], "a.csv: text must be JSON, got"),
    ],
)
def test_what_cannot_be_checked_is_told_in_one_line(
    arguments: list[str], expected: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 2 == run("check", *arguments)
    error = capsys.readouterr().err
    assert expected in error
    assert 1 == error.count("\n")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python has no reader of TOML")
def test_a_contract_may_be_toml(run: Run) -> None:
    Path("c.toml").write_text(
        'schema = "ml-infra/contract/1"\n[columns]\nage = {dtype = "integer", range = [0, 130]}\n'
    )
    assert 0 == run("check", "a.csv", "--contract", "c.toml")


# drift


@pytest.mark.parametrize("reference", ["a.csv", "ref.json"])
def test_the_same_data_have_not_drifted(reference: str, run: Run) -> None:
    assert 0 == run("profile", "a.csv", "--save", "ref.json")
    assert 0 == run("drift", reference, "a.csv")


def test_drift_names_the_columns_that_have_moved_and_those_that_are_lost(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("b.csv").write_text("id,age,country\n007,120,it\n012,140,de\n100,160,it\n")
    assert 1 == run("drift", "a.csv", "b.csv", "--format", "json")
    found = json.loads(capsys.readouterr().out)
    assert ["pay", "age"] == found["drifted"]
    assert "column 'pay' is lost" == found["problems"][0]
    assert found["problems"][1].startswith("column 'age': psi ")
    assert not found["holds"]


@pytest.mark.parametrize(
    ("limit", "status"), [("psi=100", 0), ("ks=0.1", 1), ("js=1", 0), ("missing=0", 0)]
)
def test_drift_fails_over_the_limits_that_are_given(limit: str, status: int, run: Run) -> None:
    Path("b.csv").write_text(TABLE.replace("20,", "50,"))
    assert status == run("drift", "a.csv", "b.csv", "-c", "age", "--fail-over", limit)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-", "-"], "must not both be standard input"),
        (["a.csv", "a.csv", "--fail-over", "kl=1"], "must name one of 'psi', 'js', 'ks'"),
        (["a.csv", "a.csv", "-c", "agee"], "did you mean 'age'?"),
        (["a.json", "a.csv"], "a.json: No such file or directory"),
        (["bad.json", "a.csv"], "bad.json: schema must be 'ml-infra/summary/1'"),
        (["a.csv"], "Missing argument"),
    ],
)
def test_what_drift_cannot_compare_is_told_in_one_line(
    arguments: list[str], expected: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bad.json").write_text('{"schema": "ml-infra/timings/1", "columns": []}')
    assert 2 == run("drift", *arguments)
    error = capsys.readouterr().err
    assert expected in error
    assert 1 == error.count("\n")


# scale


def test_what_a_fit_has_learned_scales_another_file(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run("scale", "a.csv", "--fit", "standard", "--save", "s.json")
    assert 0 == run("scale", "a.csv", "--state", "s.json")
    assert [
        "id,age,pay,country",
        "007,-1.0,-1.0,it",
        "012,0.0,0.0,de",
        "100,1.0,1.0,it",
    ] == capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("kind", [StandardScaler, MinMaxScaler])
def test_a_fit_learns_what_the_scaler_learns_of_an_array(kind: Any, run: Run) -> None:
    np = pytest.importorskip("numpy")
    fit = {StandardScaler: "standard", MinMaxScaler: "minmax"}[kind]
    assert 0 == run("scale", "a.csv", "--fit", fit, "--save", "s.json", "-c", "age", "-c", "pay")
    scaler = kind.from_json(Path("s.json").read_text())
    rows = np.array([[20, 1000.5], [40, 2000.5], [60, 3000.5]])
    expected = kind().fit(rows).transform(rows)[:, 1].tolist()
    assert expected == [row["pay"] for row in scaler.transform(as_rows("a.csv"))]


@pytest.mark.parametrize(
    ("fit", "expected"), [("robust", ["-1.0", "0.0", "1.0"]), ("clipper", ["20", "40", "60"])]
)
def test_quantiles_of_a_file_are_learned_in_one_pass(
    fit: str, expected: list[str], run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == run("scale", "a.csv", "--fit", fit, "--save", "s.json", "-c", "age", "-o", "-")
    assert expected == [line.split(",")[1] for line in capsys.readouterr().out.splitlines()[1:]]
    assert [0.0] == json.loads(Path("s.json").read_text())["errors"]


def as_rows(name: str) -> list[dict[str, Any]]:
    (batch,) = files.batches(name)
    return [dict(zip(batch, row)) for row in zip(*batch.values())]


@pytest.mark.parametrize(
    "output",
    [
        "b.csv",
        "b.tsv",
        "b.csv.gz",
        "b.csv.zst",
        "b.jsonl",
        "b.jsonl.gz",
        "b.jsonl.zst",
        "b.parquet",
    ],
)
def test_a_scaled_table_is_written_in_the_form_that_its_name_says(output: str, run: Run) -> None:
    if "parquet" in output or ("zst" in output and sys.version_info < (3, 14)):
        pytest.importorskip("pyarrow")
    assert 0 == run("scale", "a.csv", "--fit", "minmax", "-o", output)
    assert [
        {"id": "007", "age": 0.0, "pay": 0.0, "country": "it"},
        {"id": "012", "age": 0.5, "pay": 0.5, "country": "de"},
        {"id": "100", "age": 1.0, "pay": 1.0, "country": "it"},
    ] == as_rows(output)
    assert ["a.csv", output] == sorted(path.name for path in Path().iterdir())


ZSTD = ("compression.zstd", "backports.zstd", "zstandard", "pyarrow")


@pytest.mark.parametrize("library", ZSTD)
def test_any_library_packs_zstd(
    library: str, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip(library)
    for other in {*ZSTD} - {library}:
        monkeypatch.setitem(sys.modules, other, None)
    assert 0 == run("scale", "a.csv", "--fit", "minmax", "-o", "b.csv.zst")
    assert 0 == run("profile", "b.csv.zst", "-c", "age", "--format", "json")
    assert 0.5 == Summary.from_json(capsys.readouterr().out)["age"].mean


def test_without_any_library_for_zstd_one_line_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for library in ZSTD:
        monkeypatch.setitem(sys.modules, library, None)
    assert 2 == run("scale", "a.csv", "--fit", "minmax", "-o", "b.csv.zst")
    expected = "error: b.csv.zst: to write zstd, pip install zstandard or pyarrow\n"
    assert expected == capsys.readouterr().err
    assert [Path("a.csv")] == list(Path().iterdir())


def test_what_is_not_scaled_stays_as_it_stands(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("b.csv").write_text('when,x,note\n1.50,1,"a, b"\nNA,3,\n')
    assert 0 == run("scale", "b.csv", "--fit", "minmax", "-c", "x", "-o", "-")
    assert 'when,x,note\n1.50,0.0,"a, b"\nNA,1.0,\n' == capsys.readouterr().out


def test_missing_values_stay_missing(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    Path("b.csv").write_text("x,y\n1,a\n,b\n3,c\n")
    assert 0 == run("scale", "b.csv", "--fit", "minmax", "--nan-policy", "omit", "-o", "-")
    assert "x,y\n0.0,a\n,b\n1.0,c\n" == capsys.readouterr().out


def test_constants_become_zero_if_asked(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    Path("b.csv").write_text("x,y\n1,a\n1,b\n")
    assert 0 == run("scale", "b.csv", "--fit", "standard", "--on-constant", "zero", "-o", "-")
    assert "x,y\n0.0,a\n0.0,b\n" == capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["a.csv"], "one of --fit and --state must be given"),
        (["a.csv", "--fit", "minmax"], "--fit must be given with --save or --output"),
        (["a.csv", "--state", "s.json", "-c", "age"], "must be given with --fit"),
        (["-", "--fit", "minmax", "-o", "b.csv"], "must not be standard input"),
        (["a.csv", "--fit", "minmax", "-o", "b.xls"], "b.xls: must end with .csv, .tsv"),
        (["a.csv", "--fit", "minmax", "-o", "no/b.csv"], "no/b.csv: No such file or directory"),
        (["a.csv", "--fit", "minmax", "-c", "id", "-o", "b.csv"], "'id' must hold numbers"),
        (["text.csv", "--fit", "minmax", "-o", "b.csv"], "text.csv: has no column of numbers"),
        (["gap.csv", "--fit", "minmax", "-o", "b.csv"], "'x' has 1 missing value; --nan-policy"),
        (["same.csv", "--fit", "minmax", "-o", "b.csv"], "--on-constant zero gives 0 for them"),
        (["far.csv", "--state", "s.json", "-o", "b.csv"], "far.csv: in rows 1 to 1, data"),
        (["text.csv", "--state", "s.json", "-o", "b.csv"], "text.csv: has no column 'x', which"),
        (["gap.csv", "--state", "s.json", "-o", "b.csv"], "gap.csv: row 2, column 'x' must not be"),
        (["late.csv", "--state", "s.json", "-o", "b.csv"], "late.csv: line 4, column 'x' must be"),
        (["a.csv", "--state", "same.csv"], "same.csv: must be a document of JSON"),
        (["a.csv", "--state", "ref.json"], "got 'ml-infra/summary/1' as its schema"),
        (["a.csv", "--state", "nameless.json"], "nameless.json: must have names of features"),
        (["a.csv", "--state", "newer.json"], "newer.json: schema must be"),
    ],
)
def test_what_cannot_be_scaled_is_told_in_one_line_and_leaves_no_output(
    arguments: list[str],
    expected: str,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(files, "ROWS", 2 if "late.csv" in arguments else 10_000)
    Path("text.csv").write_text("y\na\n")
    Path("gap.csv").write_text("x,y\n1,a\n,b\n3,c\n")
    Path("late.csv").write_text("x,y\n1,a\n2,b\nthree,c\n")
    Path("far.csv").write_text("x,y\ninf,a\n")
    Path("same.csv").write_text("x,y\n1,a\n1,b\n")
    Path("fine.csv").write_text("x,y\n1,a\n2,b\n")
    assert 0 == run("scale", "fine.csv", "--fit", "minmax", "--save", "s.json")
    document = json.loads(Path("s.json").read_text())
    Path("ref.json").write_text(json.dumps(document["summary"]))
    Path("newer.json").write_text(
        json.dumps({**document, "schema": document["schema"].replace("/1", "/2")})
    )
    document["summary"]["columns"][0]["name"] = 0
    document["params"]["columns"] = None
    Path("nameless.json").write_text(json.dumps({**document, "features": 1}))
    before = {path.name for path in Path().iterdir()}
    assert 2 == run("scale", *arguments)
    error = capsys.readouterr().err
    assert expected in error
    assert 1 == error.count("\n")
    assert before == {path.name for path in Path().iterdir()}


def test_an_interruption_in_the_middle_leaves_the_old_output(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    assert 0 == run("scale", "a.csv", "--fit", "minmax", "--save", "s.json", "-o", "b.csv.gz")
    before = gzip.decompress(Path("b.csv.gz").read_bytes())
    monkeypatch.setattr(MinMaxScaler, "transform", interrupted)
    assert 130 == run("scale", "a.csv", "--state", "s.json", "-o", "b.csv.gz")
    assert before == gzip.decompress(Path("b.csv.gz").read_bytes())
    assert ["a.csv", "b.csv.gz", "s.json"] == sorted(path.name for path in Path().iterdir())


# How commands run


def test_without_typer_one_line_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    assert 2 == run("profile", "a.csv")
    expected = "error: the commands need typer: pip install 'ml-infra-preprocessing[cli]'\n"
    assert expected == capsys.readouterr().err

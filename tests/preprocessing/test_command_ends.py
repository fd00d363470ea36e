"""How a command ends when the world around it is not as usual: as a process, from outside."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("typer")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="devices, pipes and signals of POSIX")

PROGRAM = [sys.executable, "-m", "ml_infra_utils.preprocessing"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"u{i},{i % 90}\n" for i in range(100))
    Path("a.csv").write_text(f"id,age\n{rows}")
    return tmp_path


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    options = {"capture_output": True, "text": True, "timeout": 60, **options}
    return subprocess.run([*PROGRAM, *arguments], check=False, **options)


def in_shell(command: str) -> subprocess.CompletedProcess[str]:
    program = " ".join(map(json.dumps, PROGRAM))
    return subprocess.run(
        ["sh", "-c", f"{program} {command}"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_pipe_is_written_and_stays_a_pipe() -> None:
    os.mkfifo("pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(Path("pipe").read_text()))
    reader.start()
    ended = run("scale", "a.csv", "--fit", "standard", "--save", "pipe")
    reader.join(60)

    assert (0, "") == (ended.returncode, ended.stderr)
    assert ["age"] == json.loads(read[0])["features"]
    assert stat.S_ISFIFO(Path("pipe").stat().st_mode)


def test_a_request_to_end_leaves_nothing_behind(folder: Path) -> None:
    Path("s.json").write_text("")
    assert 0 == run("scale", "a.csv", "--fit", "minmax", "--save", "s.json").returncode
    os.mkfifo("endless.csv")
    process = subprocess.Popen(
        [*PROGRAM, "scale", "endless.csv", "--state", "s.json", "-o", "out.csv"]
    )
    with Path("endless.csv").open("w") as pipe:
        pipe.write("id,age\n" + "u,1\n" * 20_000)
        pipe.flush()
        aside = wait_for(lambda: [*folder.glob(".out.csv.*")])
        process.send_signal(signal.SIGTERM)
        status = process.wait(60)

    assert 1 == len(aside)
    assert 128 + signal.SIGTERM == status
    assert not [*folder.glob(".out.csv.*"), *folder.glob("out.csv")]


def wait_for(found: Any) -> Any:
    deadline = time.monotonic() + 60
    while not (value := found()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        ("profile - <&-", 2, "error: -: standard input is closed\n"),
        ("profile a.csv >&-", 0, ""),
        ("profile a.csv 2>&-", 0, ""),
        ("profile none.csv 2>&-", 2, ""),
    ],
)
def test_a_closed_stream_is_no_crash(command: str, status: int, message: str) -> None:
    ended = in_shell(command)

    assert (status, message) == (ended.returncode, ended.stderr)


def test_who_stops_reading_the_help_has_had_enough() -> None:
    program = " ".join(map(json.dumps, PROGRAM))
    pipe = f"{{ {program} --help; echo $? >status; }} | true"
    subprocess.run(["sh", "-c", pipe], check=True, capture_output=True, timeout=60)

    assert "0\n" == Path("status").read_text()


def test_a_table_is_utf_8_in_every_locale() -> None:
    Path("u.csv").write_text("näme,x\nä,1\nö,2\n", encoding="utf-8")
    ended = run(
        *("scale", "u.csv", "--fit", "minmax", "-o", "-"),
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        text=False,
    )

    assert "näme,x\nä,0.0\nö,1.0\n".encode() == ended.stdout
    assert (0, b"") == (ended.returncode, ended.stderr)


def test_a_document_of_another_kind_is_named_by_its_kind() -> None:
    assert 0 == run("profile", "a.csv", "--save", "seen.json").returncode
    ended = run("check", "a.csv", "--contract", "seen.json")

    expected = "schema must be 'ml-infra/contract/1', got 'ml-infra/summary/1'"
    assert (2, True) == (ended.returncode, expected in ended.stderr)

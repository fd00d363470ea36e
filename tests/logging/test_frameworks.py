"""Servers and workers as they are, on loopback, with `configure(takeover=True)`."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterator
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from ml_infra_utils.logging import StructuredLogger, configure
from tests.logging.strictly import parse_ours

if TYPE_CHECKING:
    from tests.logging.conftest import Lines

PATIENCE = 30.0
FRAMEWORKS = ("uvicorn", "gunicorn", "celery", "django")


def waited_for(found: Callable[[], Any], process: subprocess.Popen[bytes]) -> Any:
    """Give what is found in the end."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        result = found()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"not found; the exit code is {process.poll()}")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(
    folder: Path, *command: str, stop: Callable[[Any], None] = subprocess.Popen.terminate
) -> Iterator[subprocess.Popen[bytes]]:
    """Have Python run a command in a folder; its output is in the file `out` there."""
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                "PYTHONDONTWRITEBYTECODE": "1",
                "HOME": str(folder),
                "FORCE_COLOR": "1",
            },
        )
        try:
            yield process
        finally:
            stop(process)
            process.wait(PATIENCE)


def written(folder: Path) -> list[dict[str, Any]]:
    """Give the lines so far: each is one of ours, and none has a colour."""
    text = (folder / "out").read_text(encoding="utf-8")
    lines = [parse_ours(line) for line in text.splitlines()]
    assert not has_colours(lines)
    return lines


def has_colours(lines: list[dict[str, Any]]) -> bool:
    return "\\u001b" in json.dumps(lines)


def statuses(port: int, process: subprocess.Popen[bytes], *paths: str) -> list[int]:
    """Give the answers of a server, once it is there."""

    def status(path: str) -> int:
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code
        except (URLError, ConnectionError):
            return 0

    return [waited_for(lambda path=path: status(path), process) for path in paths]  # type: ignore[misc]


def wait_for_lines(folder: Path, process: subprocess.Popen[bytes], logger: str, count: int) -> None:
    """Wait until a logger has written so many: a server answers before it logs."""
    out, begin = folder / "out", f'"logger": "{logger}"'
    waited_for(lambda: out.read_text(encoding="utf-8").count(begin) >= count, process)


def access(folder: Path, logger: str) -> list[tuple[object, ...]]:
    keys = ("method", "path", "status", "client")
    return [
        tuple(line.get(key) for key in keys) for line in written(folder) if logger == line["logger"]
    ]


GUIDE = (Path(__file__).parents[2] / "docs" / "logging.md").read_text(encoding="utf-8")
# As the guide has it to paste.
TIMED = next(block for block in GUIDE.split("```") if "class Timed:" in block)
ASGI = """
from ml_infra_utils.logging import configure

configure(takeover=True)


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError("no lifespan")
    if scope["path"] == "/fails":
        raise ValueError("no data")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


app = Timed(app)
"""
RUN_ASGI = """
import uvicorn
from served import app

uvicorn.run(app, port=int(__import__("sys").argv[1]))
"""


@pytest.mark.parametrize("way", ["command", "run"])
def test_uvicorn(way: str, tmp_path: Path) -> None:
    pytest.importorskip("uvicorn")
    (tmp_path / "served.py").write_text(TIMED.partition("\n")[2] + ASGI)
    (tmp_path / "main.py").write_text(RUN_ASGI)
    port = free_port()
    command = {
        # What it says before it has loaded the app is its own.
        "command": ("-m", "uvicorn", "served:app", "--port", str(port), "--log-level", "info"),
        "run": ("main.py", str(port)),
    }[way]
    with running(tmp_path, *command) as process:
        assert [200, 500] == statuses(port, process, "/a?user=me&token=hunter2secret", "/fails")
        wait_for_lines(tmp_path, process, "uvicorn.access", 2)
    assert [
        ("GET", "/a?user=me&token=[REDACTED]", 200, "127.0.0.1"),
        ("GET", "/fails", 500, "127.0.0.1"),
    ] == access(tmp_path, "uvicorn.access")
    lines = written(tmp_path)
    (failed,) = (line for line in lines if "exception" in line)
    assert "no data" == failed["exception"]["message"]
    # The answer to the second one is the server's, not the app's.
    first, _ = (line for line in lines if "uvicorn.access" == line["logger"])
    assert 0 <= first["duration"] < PATIENCE


WSGI = """
def app(environ, start_response):
    if environ["PATH_INFO"] == "/fails":
        raise ValueError("no data")
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
GUNICORN = """
from ml_infra_utils.logging import configure

configure(takeover=True)
accesslog = "-"
"""


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn runs on POSIX systems")
def test_gunicorn(tmp_path: Path) -> None:
    pytest.importorskip("gunicorn")
    (tmp_path / "served.py").write_text(WSGI)
    (tmp_path / "gunicorn.conf.py").write_text(GUNICORN)
    port = free_port()
    command = ("-m", "gunicorn", "served:app", "--bind", f"127.0.0.1:{port}")
    with running(tmp_path, *command) as process:
        assert [200, 500] == statuses(port, process, "/a?user=me", "/fails")
        wait_for_lines(tmp_path, process, "gunicorn.access", 2)
    assert [("GET", "/a?user=me", 200, "127.0.0.1"), ("GET", "/fails", 500, "127.0.0.1")] == access(
        tmp_path, "gunicorn.access"
    )
    lines = written(tmp_path)
    (first, *_) = (line for line in lines if "gunicorn.access" == line["logger"])
    assert 0 <= first["duration"] < PATIENCE
    assert ["no data"] == [line["exception"]["message"] for line in lines if "exception" in line]
    assert any("gunicorn.error" == line["logger"] for line in lines)


DJANGO = """
import sys
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import path
from ml_infra_utils.logging import configure


def fails(request):
    raise ValueError("no data")


urlpatterns = [path("a", lambda request: HttpResponse("ok")), path("fails", fails)]

if __name__ == "__main__":
    settings.configure(DEBUG=True, ROOT_URLCONF="__main__", SECRET_KEY="x", ALLOWED_HOSTS=["*"])
    configure(takeover=True)
    execute_from_command_line(["manage.py", "runserver", sys.argv[1], "--noreload"])
"""


def test_django(tmp_path: Path) -> None:
    pytest.importorskip("django")
    (tmp_path / "manage.py").write_text(DJANGO)
    port = free_port()
    with running(tmp_path, "-u", "manage.py", str(port)) as process:
        assert [200, 500] == statuses(port, process, "/a?user=me", "/fails")
        wait_for_lines(tmp_path, process, "django.server", 2)
    text = (tmp_path / "out").read_text(encoding="utf-8")
    # What `runserver` prints when it starts is no line of a log.
    lines = [parse_ours(line) for line in text.splitlines() if line.startswith("{")]
    assert not has_colours(lines)
    served = [line for line in lines if "django.server" == line["logger"]]
    assert [("GET", "/a?user=me", 200), ("GET", "/fails", 500)] == [
        tuple(line[key] for key in ("method", "path", "status")) for line in served
    ]
    assert all(0 <= line["duration"] < PATIENCE for line in served)
    # A client may have hung up when its line is written.
    assert {"127.0.0.1"} >= {line["client"] for line in served if "client" in line}
    (failed,) = (line for line in lines if "exception" in line)
    assert ("django.request", "/fails", "no data") == (
        failed["logger"],
        failed["path"],
        failed["exception"]["message"],
    )
    assert not any("request" in line or "server_time" in line for line in lines)
    assert '"GET ' not in "".join(line for line in text.splitlines() if not line.startswith("{"))


CELERY = """
from celery import Celery
from celery.signals import setup_logging, worker_ready
from ml_infra_utils.logging import configure

app = Celery("work", broker="filesystem://", backend="cache+memory://")
app.conf.broker_transport_options = {
    "data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control"
}
app.conf.worker_pool = "solo"


@setup_logging.connect
def configure_logging(**options):
    configure(takeover=True)


@app.task
def add(a, b):
    if b < 0:
        raise ValueError("no data")
    return a + b


@worker_ready.connect
def send(**options):
    add.delay(1, 2)
    add.delay(1, -2)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="celery runs on POSIX systems")
def test_celery(tmp_path: Path) -> None:
    pytest.importorskip("celery")
    (tmp_path / "work.py").write_text(CELERY)
    (tmp_path / "queue").mkdir()
    worker = ("-m", "celery", "--app", "work", "--quiet", "worker", "--without-mingle")

    def done() -> list[str]:
        text = (tmp_path / "out").read_text(encoding="utf-8")
        return [text] if "succeeded in" in text and "raised unexpected" in text else []

    # It would take five seconds to end by itself.
    with running(tmp_path, *worker, stop=subprocess.Popen.kill) as process:
        waited_for(done, process)
    text = (tmp_path / "out").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert not has_colours(lines)
    ended = [line for line in lines if "celery.app.trace" == line["logger"]]
    assert {"work.add"} == {line["task"] for line in ended}
    assert 2 == len({line["task_id"] for line in ended})
    (succeeded,) = (line for line in ended if "succeeded" in line["message"])
    assert 0 <= succeeded["duration"] < PATIENCE
    (failed,) = (line for line in ended if "raised" in line["message"])
    assert "no data" == failed["exception"]["message"]
    assert all("data" not in line for line in lines)


@pytest.mark.parametrize("name", ["uvicorn", "gunicorn.error", "celery.task", "django.request"])
def test_streams_that_come_later_are_taken_over_too(name: str, lines: Lines) -> None:
    configure(takeover=True)
    mail = logging.NullHandler()
    logger = logging.getLogger(name)
    logger.addHandler(logging.StreamHandler(sys.stdout))
    logger.addHandler(mail)
    logger.propagate = False
    logger.warning("hello")
    assert ["hello"] == [line["message"] for line in lines()]
    assert [mail] == logger.handlers


@pytest.mark.parametrize(
    ("takeover", "taken"),
    [
        (False, set()),
        (True, {*FRAMEWORKS}),
        ("uvicorn", {"uvicorn"}),
        (["gunicorn", "django"], {"gunicorn", "django"}),
        ((), set()),
    ],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_those_are_taken_over_that_are_asked_for(
    takeover: Any, taken: set[str], is_late: bool
) -> None:
    configure(takeover=True)
    if is_late:
        configure(takeover=takeover)
    loggers = {name: logging.getLogger(f"{name}.x") for name in FRAMEWORKS}
    for logger in loggers.values():
        logger.addHandler(logging.FileHandler(os.devnull, delay=True))
    if not is_late:
        configure(takeover=takeover)
    for logger in loggers.values():
        logger.warning("hello")
    assert taken == {name for name, logger in loggers.items() if not logger.handlers}


@pytest.mark.parametrize(
    ("takeover", "error", "match"),
    [
        ("uvicron", ValueError, "takeover must name 'uvicorn', .*; did you mean 'uvicorn'?"),
        (["celery", "flask"], ValueError, "takeover must name .*, got 'flask'"),
        (["celery", None], ValueError, "takeover must name .*, got None"),
        (1, TypeError, "takeover must be a bool, or one or several of 'uvicorn', .*, got 1"),
        (None, TypeError, "takeover must be a bool, .*, got None"),
    ],
)
def test_unknown_framework_is_an_error_and_changes_nothing(
    takeover: Any, error: type[Exception], match: str
) -> None:
    before = logging.root.handlers[:], logging.getLogRecordFactory()
    with pytest.raises(error, match=match):
        configure(takeover=takeover)
    assert before == (logging.root.handlers, logging.getLogRecordFactory())


def test_logger_whose_name_only_begins_like_theirs_keeps_its_file(
    lines: Lines, tmp_path: Path
) -> None:
    logger = logging.getLogger("django_shop")
    handler = logging.FileHandler(tmp_path / "shop.log")
    logger.addHandler(handler)
    try:
        configure(takeover=True)
        logger.warning("hello", extra={"request": "mine"})
        assert [handler] == logger.handlers
        assert ["mine"] == [line["request"] for line in lines()]
    finally:
        logger.removeHandler(handler)
        handler.close()


def test_structured_logger_of_that_name_keeps_its_output(lines: Lines) -> None:
    logger = StructuredLogger("uvicorn.error")
    configure(takeover=True)
    logger.warning("hello", request="mine")
    assert ["hello"] == [line["message"] for line in lines()]


@pytest.mark.parametrize("args", [(), ({"name": 1},)])
@pytest.mark.parametrize("name", ["uvicorn.access", "gunicorn.access", "celery.x", "django.server"])
def test_other_records_of_these_loggers_are_lines_as_well(
    name: str, args: tuple[object, ...], lines: Lines
) -> None:
    configure(takeover=True)
    logging.getLogger(name).warning("hello", *args)
    assert ["hello"] == [line["message"] for line in lines()]

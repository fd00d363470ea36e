"""The records of uvicorn, gunicorn, celery and Django as fields."""

from __future__ import annotations

import sys
import time
from contextvars import ContextVar
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable, Dict

if TYPE_CHECKING:
    import logging

    Parts = Dict[str, object]

# Attributes that these give to records for their own formatters: coloured texts, sockets, requests,
# and what `fields_of_framework` gives under the names that are the same for all.
THEIRS = ("color_message", "data", "request", "server_time", "status_code")

# When the request came that this thread or task serves: Django's records do not say it.
_came: ContextVar[float] = ContextVar("came")


def time_requests() -> None:
    """Have Django say when a request comes, if the program has imported it."""
    if "django" in sys.modules:
        signals = import_module("django.core.signals")
        signals.request_started.connect(_note_the_time, dispatch_uid=__name__)


def _note_the_time(**_: object) -> None:
    _came.set(time.time())


def framework_of(name: object) -> str | None:
    """Give the one that a logger would belong to: ``django.request`` to ``django``."""
    return name.partition(".")[0] if type(name) is str else None


def fields_of_framework(record: logging.LogRecord, fields: Parts) -> Parts:
    """Give the fields of a record of a framework: method, path, status, client, duration; task."""
    try:
        parts = READERS[record.name.partition(".")[0]](record)
    except Exception:
        # Of a version that logs something else.
        parts = {}
    kept = {name: value for name, value in fields.items() if name not in THEIRS}
    return {**{name: value for name, value in parts.items() if value is not None}, **kept}


def _of_uvicorn(record: Any) -> Parts:
    if record.name != "uvicorn.access":
        return {}
    client, method, path, _, status = record.args
    # The others say the address without the port.
    address = client.rpartition(":")[0] or None
    return {"method": method, "path": path, "status": int(status), "client": address}


def _of_gunicorn(record: Any) -> Parts:
    if record.name != "gunicorn.access":
        return {}
    atoms = record.args
    # Of a request that has failed, no more than this line is there.
    method, path, _ = atoms["r"].split()
    return {
        "method": method,
        "path": path,
        "status": int(atoms["s"]),
        "client": None if atoms["h"] == "-" else atoms["h"],
        "duration": atoms["D"] / 1e6,
    }


def _of_celery(record: Any) -> Parts:
    task = record.args
    return {"task": task["name"], "task_id": task["id"], "duration": task.get("runtime")}


def _of_django(record: Any) -> Parts:
    request, status = record.request, getattr(record, "status_code", None)
    came = _came.get(None)
    parts = {
        "status": status,
        "duration": None if came is None else max(record.created - came, 0.0),
    }
    if record.name == "django.server":
        line, _, _ = record.args
        method, path, _ = line.split()
        return {
            "method": method,
            "path": path,
            "client": _peer(request),
            **parts,
        }
    return {
        "method": request.method,
        "path": request.get_full_path(),
        "client": request.META.get("REMOTE_ADDR"),
        **parts,
    }


def _peer(connection: Any) -> object:
    try:
        return connection.getpeername()[0]
    except OSError:
        # It has hung up already.
        return None


# By what the names of their loggers begin with.
READERS: dict[str, Callable[[Any], Parts]] = {
    "uvicorn": _of_uvicorn,
    "gunicorn": _of_gunicorn,
    "celery": _of_celery,
    "django": _of_django,
}

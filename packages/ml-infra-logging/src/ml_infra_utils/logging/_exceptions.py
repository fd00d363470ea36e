"""Exceptions as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_infra_utils.logging._encoder import class_name, qualified_name

if TYPE_CHECKING:
    from types import TracebackType

MAX_CHAIN = 8
MAX_GROUP = 20
FIRST_FRAMES = 20
LAST_FRAMES = 60


def exception_data(error: BaseException, depth: int = 0) -> dict[str, object]:
    """Describe an exception: type, message, frames (innermost last), notes, causes and group.

    ``cause`` is what it was raised from, ``context`` what was being handled when it was raised.
    """
    data: dict[str, object] = {
        "type": qualified_name(type(error)),
        "message": _message(error),
        "frames": _frames(error.__traceback__),
    }
    notes = getattr(error, "__notes__", None)
    if notes:
        data["notes"] = notes
    if depth == MAX_CHAIN:
        return data
    if error.__cause__ is not None:
        data["cause"] = exception_data(error.__cause__, depth + 1)
    elif error.__context__ is not None and not error.__suppress_context__:
        data["context"] = exception_data(error.__context__, depth + 1)
    members = getattr(error, "exceptions", None)
    if isinstance(members, tuple) and all(isinstance(m, BaseException) for m in members):
        data["exceptions"] = [exception_data(m, depth + 1) for m in members[:MAX_GROUP]]
        if len(members) > MAX_GROUP:
            data["more_exceptions"] = len(members) - MAX_GROUP
    return data


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as failure:
        return f"<unreadable {class_name(type(error))}: {class_name(type(failure))}>"


def _frames(traceback: TracebackType | None) -> list[object]:
    frames: list[object] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(
            {"file": code.co_filename, "line": traceback.tb_lineno, "function": code.co_name}
        )
        traceback = traceback.tb_next
    left_out = len(frames) - FIRST_FRAMES - LAST_FRAMES
    if left_out > 0:
        frames[FIRST_FRAMES:-LAST_FRAMES] = [f"{left_out} frames left out"]
    return frames

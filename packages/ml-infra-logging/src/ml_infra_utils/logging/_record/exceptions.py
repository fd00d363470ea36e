"""Exceptions as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_infra_utils.logging._limits import FIRST_FRAMES, LAST_FRAMES, MAX_CAUSES, MAX_GROUP
from ml_infra_utils.logging._record.text import class_name, qualified_name, text_of

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Callable

    Note = Callable[[str, str], None]


def exception_data(error: BaseException, note: Note) -> dict[str, object]:
    """Describe an exception: type, message, frames (innermost last), notes, causes and group.

    ``cause`` is what it was raised from, ``context`` what was being handled when it was raised.
    What cannot be read or is left out is noted at its path.
    """
    return _data(error, note, "exception", 0, set())


def _data(
    error: BaseException, note: Note, path: str, depth: int, described: set[int]
) -> dict[str, object]:
    data: dict[str, object] = {
        "type": qualified_name(type(error)),
        "message": _message(error, note, path),
        "frames": _frames(error.__traceback__, note, path),
    }
    if id(error) in described:
        note(path, "described before")
        return data
    described.add(id(error))
    notes = getattr(error, "__notes__", None)
    if notes:
        data["notes"] = notes
    related: dict[str, BaseException] = {}
    if error.__cause__ is not None:
        related["cause"] = error.__cause__
    elif error.__context__ is not None and not error.__suppress_context__:
        related["context"] = error.__context__
    members: Any = getattr(error, "exceptions", None)
    is_group = isinstance(members, tuple) and all(isinstance(m, BaseException) for m in members)
    if depth == MAX_CAUSES:
        if related or is_group:
            note(path, f"causes left out: more than {MAX_CAUSES}")
        return data
    for name, other in related.items():
        data[name] = _data(other, note, f"{path}.{name}", depth + 1, described)
    if is_group:
        data["exceptions"] = [
            _data(member, note, f"{path}.exceptions.{number}", depth + 1, described)
            for number, member in enumerate(members[:MAX_GROUP])
        ]
        if len(members) > MAX_GROUP:
            note(f"{path}.exceptions", f"cut after {MAX_GROUP} items")
            data["more_exceptions"] = len(members) - MAX_GROUP
    return data


def _message(error: BaseException, note: Note, path: str) -> str:
    try:
        return text_of(error)
    except Exception as failure:
        note(f"{path}.message", f"unreadable: {class_name(type(failure))}")
        return f"<unreadable {class_name(type(error))}>"


def _frames(traceback: TracebackType | None, note: Note, path: str) -> list[object]:
    frames: list[object] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(
            {"file": code.co_filename, "line": traceback.tb_lineno, "function": code.co_name}
        )
        traceback = traceback.tb_next
    left_out = len(frames) - FIRST_FRAMES - LAST_FRAMES
    if left_out > 0:
        note(f"{path}.frames", f"{left_out} left out")
        frames[FIRST_FRAMES:-LAST_FRAMES] = [f"{left_out} frames left out"]
    return frames

"""Exceptions as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

from ml_infra_utils.logging._limits import FIRST_FRAMES, LAST_FRAMES, MAX_CHAIN
from ml_infra_utils.logging._record.text import class_name, qualified_name, text_of

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Callable

    Note = Callable[[str, str], None]


def exception_data(error: BaseException, note: Note) -> dict[str, object]:
    """Describe an exception: type, message, frames (innermost last), notes, and what led to it.

    ``chain`` is a flat list of the exceptions that are related to it, each with its ``relation`` to
    another one: it is the ``cause`` of it, the ``context`` that it was raised in, or a ``member``
    of a group. ``of`` is the place of that other one in the list, from 1, and 0 for the exception
    itself.
    """
    data = _data(error, note, "exception")
    chain: list[dict[str, object]] = []
    described = {id(error)}
    waiting = [(0, *related) for related in _related(error)]
    while waiting:
        of, relation, other = waiting.pop(0)
        if id(other) in described:
            continue
        if len(chain) == MAX_CHAIN:
            note("exception.chain", f"cut after {MAX_CHAIN} items")
            break
        described.add(id(other))
        path = f"exception.chain.{len(chain)}"
        chain.append({"relation": relation, "of": of, **_data(other, note, path)})
        waiting += [(len(chain), *related) for related in _related(other)]
    if chain:
        data["chain"] = chain
    return data


def exception_of_text(text: str) -> dict[str, object]:
    """Describe an exception of which only the traceback's text is left."""
    last = text.strip().rpartition("\n")[2]
    kind, _, message = last.partition(": ")
    return {"type": kind, "message": message, "frames": [], "traceback": text}


def _data(error: BaseException, note: Note, path: str) -> dict[str, object]:
    data: dict[str, object] = {
        "type": qualified_name(type(error)),
        "message": _message(error, note, path),
    }
    frames = _frames(error.__traceback__)
    left_out = len(frames) - FIRST_FRAMES - LAST_FRAMES
    if left_out > 0:
        frames[FIRST_FRAMES:-LAST_FRAMES] = []
    data["frames"] = frames
    if left_out > 0:
        data["frames_left_out"] = left_out
    notes = getattr(error, "__notes__", None)
    if isinstance(notes, list):
        data["notes"] = [text_of(each) for each in notes]
    return data


def _message(error: BaseException, note: Note, path: str) -> str:
    try:
        return text_of(error)
    except Exception as failure:
        note(f"{path}.message", f"unreadable: {class_name(type(failure))}")
        return ""


def _frames(traceback: TracebackType | None) -> list[dict[str, object]]:
    frames: list[dict[str, object]] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(
            {"file": code.co_filename, "line": traceback.tb_lineno, "function": code.co_name}
        )
        traceback = traceback.tb_next
    return frames


def _related(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    if error.__cause__ is not None:
        yield "cause", error.__cause__
    elif error.__context__ is not None and not error.__suppress_context__:
        yield "context", error.__context__
    members: object = getattr(error, "exceptions", None)
    if isinstance(members, tuple):
        for member in members[: MAX_CHAIN + 1]:
            if isinstance(member, BaseException):
                yield "member", member

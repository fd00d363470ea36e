"""The place in the source that logged."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

# The folder of this package: a frame of a file below it is ours, any other is the caller's.
PACKAGE = __file__.rpartition("_record")[0]
# A `logging.LoggerAdapter` calls from there.
STANDARD_LIBRARY = logging.LoggerAdapter.log.__code__.co_filename


def caller_frame(frame: FrameType, depth: int) -> FrameType:
    """Give the first frame outside this package, or one further up."""
    outer: FrameType | None = frame
    while outer is not None and (
        outer.f_code.co_filename.startswith(PACKAGE) or outer.f_code.co_filename == STANDARD_LIBRARY
    ):
        outer = outer.f_back
    while outer is not None and depth > 1:
        outer, depth = outer.f_back, depth - 1
    return outer or frame


def stack_text(frame: FrameType) -> str:
    from traceback import format_stack

    return "Stack (most recent call last):\n" + "".join(format_stack(frame)).rstrip()

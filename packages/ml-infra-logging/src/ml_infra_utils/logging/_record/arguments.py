"""What the arguments of a call mean: the message's, the context, or the standard library's."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from ml_infra_utils.logging._record.caller import caller_frame, stack_text
from ml_infra_utils.logging._record.fields import is_mapping

if TYPE_CHECKING:
    from typing import Any

# What takes an argument in a message. A percent sign before a space is text: "100% done".
PLACEHOLDER = re.compile(r"(?<!%)(?:%%)*%[^%\s]")
NAMED = re.compile(r"(?<!%)(?:%%)*%\(([^()]+)\)[#0\- +]*[0-9]*(?:\.[0-9]+)?[a-zA-Z]")


def is_context(argument: Any, message: Any) -> bool:
    """Tell a context from an argument of the message."""
    if not issubclass(type(message), str):
        return True
    if is_mapping(argument):
        names = NAMED.findall(str.__str__(message))
        return not (names and all(name in argument for name in names))
    return PLACEHOLDER.search(str.__str__(message)) is None


def taken_out(fields: dict[str, Any]) -> tuple[Any, str | None, int]:
    """Take exc_info, stack_info and stacklevel out of the fields where they mean what they say."""
    exc_info, stack, depth = None, None, 1
    if type(fields.get("stacklevel")) is int and fields["stacklevel"] > 0:
        depth = fields.pop("stacklevel")
    if type(fields.get("stack_info")) is bool and fields.pop("stack_info"):
        stack = stack_text(caller_frame(sys._getframe(3), depth))
    if "exc_info" in fields:
        given = fields["exc_info"]
        error: Any = given[1] if type(given) is tuple and len(given) == 3 else given
        if type(given) is bool:
            error = sys.exc_info()[1] if given else None
        if error is None or issubclass(type(error), BaseException):
            del fields["exc_info"]
            exc_info = error and (type(error), error, error.__traceback__)
    return exc_info, stack, depth

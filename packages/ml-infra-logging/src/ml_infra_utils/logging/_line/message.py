"""The message of a record without the arguments that stand for secrets.

Once it is merged, an argument with a blank in it could not be told from what follows.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from ml_infra_utils.logging._limits import MAX_REMEMBERED
from ml_infra_utils.logging._line.redaction import REDACTED
from ml_infra_utils.logging._record.fields import NamedArguments, is_mapping
from ml_infra_utils.logging._record.text import text_of

if TYPE_CHECKING:
    from ml_infra_utils.logging._line.redaction import Redaction

PLACEHOLDER = re.compile(r"%(?:%|[#0\- +]*[0-9]*(?:\.[0-9]+)?[a-zA-Z])")
# What stands for an argument while its surroundings are searched: letters that nobody uses.
MARKED = "\ue0000\ue001"
MARK = re.compile("\ue000([0-9]+)\ue001")


class Messages:
    """Give messages without the arguments that stand for secrets.

    Parameters
    ----------
    redaction : Redaction
        Which values are secrets.
    """

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._known: dict[object, bool] = {}

    def cleaned(self, record: logging.LogRecord) -> str | None:
        """Give the message of a record if an argument of it stands for a secret, None otherwise."""
        args: Any = record.args
        if type(record).getMessage is not logging.LogRecord.getMessage:
            return None
        try:
            if type(args) is tuple or not is_mapping(args):
                return self._merged(text_of(record.msg), args) if self.hides(record.msg) else None
            redaction = self._redaction
            hidden = [key for key in args if redaction.hides(text_of(key), args[key])]
            named = NamedArguments(args)
            named.update((key, REDACTED) for key in hidden)
            return text_of(record.msg) % named if hidden else None
        except Exception:
            # The arguments do not fit, and are not in the message.
            return None

    def hides(self, template: object) -> bool:
        """Tell whether a message has a place where any text is a secret."""
        hides = self._known.get(template)
        if hides is None:
            marked, number = PLACEHOLDER.subn(MARKED, text_of(template))
            hides = len(MARK.findall(self._redaction.clean(marked))) < number
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            self._known[template] = hides
        return hides

    def _merged(self, template: str, args: tuple[object, ...]) -> str | None:
        shown: list[str] = []
        marks = 0

        def marked(match: re.Match[str]) -> str:
            nonlocal marks
            if match.group() == "%%":
                return "%"
            value = args[len(shown)]
            shown.append(match.group() % (value,))
            if isinstance(value, (int, float)):
                # Its size decides.
                return shown[-1]
            marks += 1
            return f"\ue000{len(shown) - 1}\ue001"

        text = self._redaction.clean(PLACEHOLDER.sub(marked, template))
        if len(shown) != len(args) or len(MARK.findall(text)) == marks:
            return None
        return MARK.sub(lambda match: shown[int(match.group(1))], text)

"""The message of a record with its arguments merged in, without secrets."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Dict, Mapping

from ml_infra_utils.logging._line.redaction import REDACTED
from ml_infra_utils.logging._record.text import class_name, text_of

if TYPE_CHECKING:
    from typing import Any

    from ml_infra_utils.logging._line.encoder import Encoder
    from ml_infra_utils.logging._line.redaction import Redaction


def message_of(
    record: logging.LogRecord, encoder: Encoder, redaction: Redaction | None
) -> tuple[str, object]:
    """Give the message with its arguments merged in; without, and the arguments, if they misfit."""
    args: Any = record.args
    try:
        if type(record).getMessage is logging.LogRecord.getMessage:
            if isinstance(args, Mapping):
                named = NamedArguments(args, redaction)
                text = text_of(record.msg) % named
                if named.used or not args:
                    return text, None
                encoder.note("message", "arguments left out: it names none of them")
                return text, args
            if args and redaction is not None:
                template, shown = redaction.clean_template(text_of(record.msg), args)
                return template % shown, None
        return record.getMessage(), None
    except Exception as error:
        if args:
            encoder.note("message", f"arguments left out: {class_name(type(error))}")
        try:
            text = text_of(record.msg)
            if args and redaction is not None and redaction.clean(text) != text:
                # They stand for what would have been hidden in the message.
                args = REDACTED
            return text, args or None
        except Exception as failure:
            encoder.note("message", f"unreadable: {class_name(type(failure))}")
            return f"<unreadable {class_name(type(record.msg))}>", args or None


class NamedArguments(Dict[object, object]):
    """The arguments of a message by name, without secrets; it knows whether it was used."""

    def __init__(self, given: Mapping[object, object], redaction: Redaction | None) -> None:
        super().__init__(given)
        if redaction is not None:
            self.update((key, REDACTED) for key in given if redaction.hides(text_of(key)))
        self.used = False
        self._given = given

    def __getitem__(self, key: object) -> object:
        self.used = True
        return super().__getitem__(key)

    def __missing__(self, key: object) -> object:
        return self._given[key]

    def __repr__(self) -> str:
        self.used = True
        return super().__repr__()

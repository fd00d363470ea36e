"""Keep secrets out of the lines."""

from __future__ import annotations

import re
from typing import Iterable, Sequence

from ml_infra_utils.logging._limits import MAX_NAME, MAX_REMEMBERED

REDACTED = "[REDACTED]"

SECRET_NAMES = frozenset(
    {
        "access_key",
        "api_key",
        "api_keys",
        "apikey",
        "apitoken",
        "authorization",
        "client_secret",
        "cookie",
        "credential",
        "credentials",
        "jwt",
        "passphrase",
        "passwd",
        "password",
        "passwords",
        "private_key",
        "pwd",
        "secret",
        "secret_key",
        "secrets",
        "token",
    }
)
# Tokens of a tokenizer are no secrets.
VOCABULARY = (
    *("bos", "cls", "eos", "mask", "next", "num", "pad", "per", "sep", "special", "stop", "unk"),
)

CAMEL_CASE = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SEPARATOR = re.compile(r"[-.\s]")
BEARER = re.compile(r"\bbearer\s+[\w.~+/=-]+", re.IGNORECASE)
# A password with a slash in it, which ought to be escaped, is told from a port before a path.
USER_INFO = re.compile(
    r"""(?<=://)([^\s/@:\[]*):(?:[^\s/]+(?=@)"""
    r"""|(?!\d+/)(?:(?!://)[^\s@])*/[^\s/]*(?=@))"""
)
PLACEHOLDER = re.compile(r"%(?:%|[#0\- +]*[0-9]*(?:\.[0-9]+)?[a-zA-Z])")
MARK = re.compile("\ue000([0-9]+)\ue001")


class Redaction:
    r"""Decide which values are secrets.

    A key is a secret if it is one of the names, or ends with one as with a word: ``db_password``,
    ``X-API-Key`` and ``accessToken`` are, ``tokens`` and ``eos_token`` are not. In text, the value
    after such a name and ``=`` or ``:`` is a secret too, and so are bearer tokens and the
    passwords in URLs.

    Parameters
    ----------
    names : iterable of str, optional
        Further names of secrets, beyond password, token, secret, authorization, api_key, cookie,
        credentials, private_key and their like.
    patterns : iterable of str, optional
        Regular expressions; whatever they match in any text is a secret.

    Raises
    ------
    re.error
        If a pattern is not a regular expression.

    Examples
    --------
    >>> redaction = Redaction(names=["ssn"], patterns=[r"sk-\w+"])
    >>> redaction.hides("patient_ssn"), redaction.hides("max_tokens")
    (True, False)
    >>> redaction.clean("retry with password=hunter2 and sk-123")
    'retry with password=[REDACTED] and [REDACTED]'
    """

    def __init__(self, names: Iterable[str] = (), patterns: Iterable[str] = ()) -> None:
        if isinstance(names, str) or isinstance(patterns, str):
            raise TypeError("names and patterns are lists of strings, not one string")
        names = list(names)
        for name in names:
            if not isinstance(name, str):
                raise TypeError(f"names are strings, not {name!r}")
        self._names = SECRET_NAMES | {_words(name) for name in names}
        self._suffixes = tuple("_" + name for name in self._names)
        self.patterns: tuple[re.Pattern[str], ...] = tuple(
            re.compile(pattern) for pattern in patterns
        )
        self._remembered: dict[str, bool] = {}
        # Not when it is needed first: that may be while the interpreter shuts down.
        self._assignment = _assignment(self._names)

    def hides(self, key: str) -> bool:
        """Tell whether the value under a key is a secret."""
        answer = self._remembered.get(key)
        if answer is None:
            answer = self._names_a_secret(key)
            if len(self._remembered) < MAX_REMEMBERED:
                self._remembered[key] = answer
        return answer

    def _names_a_secret(self, key: str) -> bool:
        words = _words(key)
        return words in self._names or (
            words.endswith(self._suffixes)
            and not words.endswith(tuple(f"{name}_token" for name in VOCABULARY))
        )

    def hides_pair(self, pair: Sequence[object]) -> bool:
        """Tell whether a list of two is the name of a secret and the secret, as in headers."""
        name = pair[0]
        if type(name) is bytes and len(name) <= MAX_NAME:
            name = name.decode("latin-1")
        # Not remembered: it may be any text.
        return type(name) is str and len(name) <= MAX_NAME and self._names_a_secret(name)

    def clean(self, text: str) -> str:
        """Give the text with its secrets replaced."""
        if "=" in text or ":" in text:
            text = self._assignment.sub(_hidden, text)
            # Not by a template: the interpreter cannot read one while it shuts down.
            text = USER_INFO.sub(_without_password, text)
        if "earer " in text or "EARER " in text:
            text = BEARER.sub(f"Bearer {REDACTED}", text)
        for pattern in self.patterns:
            text = pattern.sub(REDACTED, text)
        return text

    def clean_template(
        self, template: str, arguments: tuple[object, ...]
    ) -> tuple[str, tuple[object, ...]]:
        """Give a message without the arguments that stand for a secret, and the others.

        Once it is merged, an argument with a blank in it could not be told from what follows.
        """
        placeholders: list[str] = []

        def marked(match: re.Match[str]) -> str:
            if match.group() == "%%":
                return "%%"
            placeholders.append(match.group())
            return f"\ue000{len(placeholders) - 1}\ue001"

        text = self.clean(PLACEHOLDER.sub(marked, template))
        kept = [int(number) for number in MARK.findall(text)]
        if len(placeholders) != len(arguments) or len(kept) == len(arguments):
            return template, arguments
        text = MARK.sub(lambda match: placeholders[int(match.group(1))], text)
        return text, tuple(arguments[number] for number in kept)


def _assignment(names: Iterable[str]) -> re.Pattern[str]:
    """Compile what finds a secret's name, a sign and the value, in prose, reprs and headers."""
    any_name = "|".join(re.escape(name).replace("_", "[-_. ]?") for name in sorted(names))
    any_vocabulary = "|".join(VOCABULARY)
    return re.compile(
        rf"""(?<![\w.-])(?![\w.-]*(?:{any_vocabulary})[-_.]?token\b)"""
        rf"""(?P<name>[\w.-]*(?:{any_name}))(?P<sign>\\?["']?\s*[:=]\s*)"""
        # Quoted once or twice, a list, a header to its end, or a word.
        r"""(?P<value>\\"(?:(?!\\").)+\\"|b?"(?:[^"\\]|\\.)+"|\\'(?:(?!\\').)+\\'"""
        r"""|b?'(?:[^'\\]|\\.)+'|\[[^\]]+\]|\([^)]+\)|\{[^}]+\}"""
        r"""|(?:(?<=authorization:)|(?<=authorization:\s)|(?<=cookie:)|(?<=cookie:\s))[^\r\n"']+"""
        r"""|(?:(?:bearer|basic|digest|token)\s+)?[^\s,;&"'\\)\]}]+)""",
        re.IGNORECASE,
    )


def _hidden(match: re.Match[str]) -> str:
    name, sign, value = match.group("name", "sign", "value")
    quote = value[: len(value) - len(value.lstrip("\\\"'"))] if value[-1] in "\"'" else ""
    return f"{name}{sign}{quote}{REDACTED}{quote}"


def _without_password(match: re.Match[str]) -> str:
    return f"{match.group(1)}:{REDACTED}"


def _words(key: str) -> str:
    return SEPARATOR.sub("_", CAMEL_CASE.sub("_", key.strip())).lower()

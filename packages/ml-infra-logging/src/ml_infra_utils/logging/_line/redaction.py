"""Keep secrets out of the lines: by the name of a value, and by the look of a text."""

from __future__ import annotations

import re
from binascii import a2b_base64
from typing import TYPE_CHECKING, Iterable

from ml_infra_utils.logging._limits import MAX_EXAMINED, MAX_NAME, MAX_REMEMBERED
from ml_infra_utils.logging._line.proof import holds_no_secret
from ml_infra_utils.logging._line.secret_names import HARMLESS, MAYBE, OWN, SECRET, TOKEN, Names
from ml_infra_utils.logging._words import described

if TYPE_CHECKING:
    from typing import Iterator, Sequence, Tuple

    Span = Tuple[int, int]

REDACTED = "[REDACTED]"
# An object that has the name of its value beside it calls it one of these.
NAME_KEYS = ("name", "key")

# A code of 6 digits is a secret. A number of 12 digits is no count of tokens any more.
LEAST_DIGITS = {OWN: 1, SECRET: 6, TOKEN: 12}
NUMBER = re.compile(r"[+-]?\d[\d_,]*(?P<is_float>\.\d+|[eE][+-]?\d+|%)?")
PATH = re.compile(r"(?:/[\w.-]+){2,}/?")
# What stands where a secret will be or was: <pad>, ***, ${X}, {x}, %s, %(x)s, [REDACTED], None.
STAND_IN = re.compile(
    r"<[^<>]*>?|[*.•]+|x{3,}|\$\{[^}]*\}?|\$\([^)]*\)?|(?-i:\$[A-Z][A-Z0-9_]*)|\{\{?[^{}]*\}?\}?"
    r"|%\(\w+\)?s?|%[-+#0-9.]*[a-z]|\[REDACTED\]?|none|null|nil|nan|true|false",
    re.IGNORECASE,
)
# "password: must be longer" and "token=expired" say something about a secret.
PROSE = frozenset(
    {
        *("about", "after", "all", "already", "an", "and", "any", "are", "as", "at", "be", "been"),
        *("before", "being", "by", "can", "cannot", "changed", "check", "contains"),
        *("correct", "could", "default", "deprecated", "did", "disabled", "do", "does"),
        *("empty", "enabled", "enter", "exceeded", "expected", "expired", "expires"),
        *("failed", "file", "for", "found", "from", "generated", "get", "given", "has", "have"),
        *("if", "in", "incorrect", "invalid", "is", "it", "length", "less", "long", "match"),
        *("matches", "may", "mismatch", "missing", "must", "need", "needed", "needs", "new"),
        *("no", "not", "of", "ok", "on", "only", "optional", "or", "please", "provided"),
        *("rejected", "required", "reset", "rotated", "set", "short", "should", "since"),
        *("that", "the", "then", "this", "to", "too", "undefined", "unknown", "unset"),
        *("updated", "used", "user", "uses", "using", "valid", "was", "were", "will", "with"),
        *("without", "would", "wrong", "yes", "your"),
    }
)

# A name and a sign: password=, "token": , api key: , headers['Cookie'] = .
ASSIGNMENT = re.compile(
    r"""(?<![\w.-])(?:(?P<before>[A-Za-z]+)[ ])?(?P<name>[\w.-]+)"""
    r"""\\?["']?\]?\s*(?:=>|:=|==|[:=])\s*"""
)
# An option, in a command or in the list of its words: --password X, '--token', 'X'.
OPTION = re.compile(r"""(?<![\w-])--?(?P<name>[A-Za-z][\w.-]*)(?:["']\s*,\s*|\s+)(?=[^\s-])""")
# A pair: ('password', 'X').
PAIR = re.compile(
    r"""(?<=[\[(])b?(?P<quote>["'])(?P<name>[\w. -]+)(?P=quote)\s*,\s*"""
    r"""(?=b?(?P<other>["'])(?:(?!(?P=other)).)*(?P=other)\s*,?[\])])"""
)
# A name and a value that are called so: {"name": "TOKEN", "value": "X"}.
NAMED = re.compile(
    r"""["'](?:name|key)\\?["']\s*:\s*\\?["'](?P<name>[\w. -]+)\\?["']\s*,\s*"""
    r"""\\?["']value\\?["']\s*:\s*""",
    re.IGNORECASE,
)
# A row of a printed series: a name, blanks, a value.
ROW = re.compile(r"^(?P<name>[A-Za-z][\w.-]*)(?:\t|[ ]{2})[ \t]*(?=\S)", re.MULTILINE)

QUOTED = re.compile(
    r"""b?(?:\\"((?:(?!\\").)+)\\"|"((?:[^"\\]|\\.)+)"|\\'((?:(?!\\').)+)\\'|'((?:[^'\\]|\\.)+)')""",
    re.DOTALL,
)
BRACKETED = re.compile(r"\[[^\]]{1,1000}\]|\([^)]{1,1000}\)|\{[^}]{1,1000}\}")
REST_OF_LINE = re.compile(r"""[^\r\n"']+""")
# A comma or a bracket amid a word is a part of a secret, unless a name and a sign follow.
WORD = re.compile(
    r"""(?:(?:bearer|basic|digest|token)\s+)?"""
    r"""(?:[^\s,;&"'\\)\]}]|[,;&](?=[^\s,;&"'\\)\]}])(?![\w.-]*\s*[=:])|\)(?=\w))+""",
    re.IGNORECASE,
)
HEADERS = ("authorization", "cookie")

SHAPES = re.compile(
    r"""
    (?<![A-Za-z0-9_])(?:
        eyJ[\w-]{17,500}\.[\w-]+\.[\w-]*
      | (?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])
      | gh[opsru]_[A-Za-z0-9]{20,} | github_pat_\w{20,} | gl(?:pat|ptt|dt|rt)-[\w-]{20,}
      | hf_[A-Za-z0-9]{20,} | npm_[A-Za-z0-9]{30,} | pypi-[\w-]{30,} | dapi[a-f0-9]{32}
      | sk-(?:ant|or|proj|svcacct)-[\w-]{20,}
      | sk-[a-z0-9-]{0,30}(?=[A-Za-z]{0,30}\d)[A-Za-z0-9]{20,}
      | [rs]k_(?:live|test)_[A-Za-z0-9]{16,}
      | xox[abeoprs]-[\w-]{16,} | xapp-[\w-]{16,}
      | AIza[\w-]{35} | ya29\.[\w-]{20,} | SG\.[\w-]{20,}\.[\w-]{20,}
    )
    | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----(?:.*?-----END[ ][A-Z ]*PRIVATE[ ]KEY-----|.*)
    | (?<=hooks\.slack\.com/services/)[\w/]+/\w{20,}
    | (?<=/api/webhooks/)\d+/[\w-]{20,}
    """,
    re.ASCII | re.DOTALL | re.VERBOSE,
)
SIGNATURE = re.compile(
    r"""(?<=[?&;])(?:(?:x-(?:amz|goog)-)?signature|sig)=([^&\s"'<>]+)""", re.ASCII | re.IGNORECASE
)
SCHEME = re.compile(
    r"""\b(?P<scheme>bearer|basic)\s+["']?(?P<value>[\w.~+/=-]+)""", re.ASCII | re.IGNORECASE
)
WORDS = re.compile(r"[A-Za-z]?[a-z]*(?:[-_./][a-z]{2,})*|\d*")
# A password with a slash in it, which ought to be escaped, is told from a port before a path.
PASSWORD_IN_URL = re.compile(
    r"""(?<=://)[^\s/@:\[]*:([^\s/]+(?=@)|(?!\d+/)(?:(?!://)[^\s@])*/[^\s/]*(?=@))"""
)
TOKEN_IN_URL = re.compile(r"(?<=://)([^\s/@:]{16,})(?=@)")


class Redaction:
    r"""Decide which values are secrets.

    One rule holds for keys and texts alike: the last word of a name decides. ``db_password``,
    ``PGPASSWORD``, ``X-API-Key`` and ``accessToken`` name secrets; ``max_tokens``, ``eos_token``
    and ``cache_key`` do not. A name such as ``resume_token`` or ``session`` does if the value looks
    random. In texts, secrets are found behind such a name and a sign, as the argument of an option
    (``--password X``), in pairs, URLs and headers, and by the shapes that tokens of well known
    services have. Bools, None and floats are never secrets, nor are small integers under a name
    of the rule.

    Parameters
    ----------
    exclude : iterable of str, optional
        Names that are no secrets, whatever the rule says: ``exclude=["session"]``.
    extra : iterable of str, optional
        Further names of secrets: ``extra=["ssn"]`` hides ``patient_ssn`` too, and small integers
        under them.
    patterns : iterable of str, optional
        Regular expressions; whatever they match in any text is a secret.

    Raises
    ------
    re.error
        If a pattern is not a regular expression.
    TypeError
        If one string is given for a list of them, or a name is no text.

    Examples
    --------
    >>> redaction = Redaction(extra=["ssn"], exclude=["cookie"], patterns=[r"card-\d+"])
    >>> [redaction.hides(name, "x1") for name in ("patient_ssn", "password", "cookie")]
    [True, True, False]
    >>> redaction.clean("retry with password=hunter2 and card-123, max_tokens=512")
    'retry with password=[REDACTED] and [REDACTED], max_tokens=512'
    """

    def __init__(
        self,
        *,
        exclude: Iterable[str] = (),
        extra: Iterable[str] = (),
        patterns: Iterable[str] = (),
    ) -> None:
        self._names = Names(_texts("exclude", exclude), _texts("extra", extra))
        self._patterns = tuple(re.compile(each) for each in _texts("patterns", patterns))
        self._kinds: dict[str, str] = {}

    def hides(self, name: str, value: object) -> bool:
        """Tell whether a value under a name is a secret; of a container, what it holds is."""
        return is_secret(value, self.kind_of(name))

    def kind_of(self, name: str) -> str:
        """Tell how sure a name is that its value is a secret."""
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._names.kind_of(name) if len(name) <= MAX_NAME else HARMLESS
            if len(self._kinds) >= MAX_REMEMBERED:
                self._kinds.clear()
            self._kinds[name] = kind
        return kind

    def kinds_in_object(self, names: Sequence[str], values: Sequence[object]) -> list[str]:
        """Tell which values of an object are secrets, and of which kind.

        An object may have the name of its value beside it: ``{"name": "TOKEN", "value": "X"}``.
        """
        kinds = [*map(self.kind_of, names)]
        if "value" in names:
            for key, name in zip(names, values):
                if key in NAME_KEYS and type(name) is str:
                    kinds[names.index("value")] = self.kind_of(name)
        return kinds

    def kinds_in_list(self, values: Sequence[object]) -> list[str]:
        """Tell which values of a list have their name before them, and of which kind it is.

        That is so in a pair, such as a header, and behind an option: ``["--token", "X"]``.
        """
        kinds = [HARMLESS] * len(values)
        for index, name in enumerate(values[:-1]):
            if type(name) is bytes and len(name) <= MAX_NAME:
                name = name.decode("latin-1")
            if type(name) is str and (len(values) == 2 or name.startswith("-")):
                kinds[index + 1] = self.kind_of(name)
        return kinds

    def proves(self, text: str) -> bool:
        """Tell quickly that a text, or texts with a zero byte between them, holds no secret.

        Raises
        ------
        UnicodeEncodeError
            If the text has a lone surrogate.
        """
        return not self._patterns and self._names.are_not_in(text) and holds_no_secret(text)

    def clean(self, text: str) -> str:
        """Give the text with its secrets replaced."""
        pieces: list[str] = []
        end = 0
        for start, stop in sorted(self._spans(text)):
            if start >= end:
                pieces += text[end:start], REDACTED
            end = max(end, stop)
        return "".join(pieces) + text[end:] if pieces else text

    def _spans(self, text: str) -> Iterator[Span]:
        """Find what is to be hidden in a text."""
        hidden_to = 0
        # A long text without a sign is common, and a search takes much longer than a look for one.
        for match in ASSIGNMENT.finditer(text) if "=" in text or ":" in text else ():
            before, name = match.group("before", "name")
            kind = self.kind_of(name)
            if kind in (HARMLESS, MAYBE) and before:
                kind = self.kind_of(f"{before} {name}") or kind
            if kind != HARMLESS and match.end() >= hidden_to:
                takes_line = name.lower().endswith(HEADERS)
                for span in _value_at(text, match.end(), kind, takes_line):
                    hidden_to = span[1]
                    yield span
        for sign, finder in (("-", OPTION), (",", PAIR), (":", NAMED), ("", ROW)):
            for match in finder.finditer(text) if sign in text else ():
                kind = self.kind_of(match.group("name"))
                if kind != HARMLESS:
                    yield from _value_at(text, match.end(), kind, finder is ROW)
        for match in SCHEME.finditer(text):
            if _is_credential(*match.group("scheme", "value")):
                yield match.span("value")
        for match in PASSWORD_IN_URL.finditer(text) if "://" in text else ():
            if not STAND_IN.fullmatch(match.group(1)):
                yield match.span(1)
        for match in TOKEN_IN_URL.finditer(text) if "://" in text else ():
            if len(match.group(1)) >= 20 or looks_random(match.group(1)):
                yield match.span(1)
        for match in SIGNATURE.finditer(text) if "=" in text else ():
            yield match.span(1)
        for pattern in (SHAPES, *self._patterns):
            for match in pattern.finditer(text):
                if match.group():
                    yield match.span()


def is_secret(value: object, kind: str) -> bool:
    """Tell whether a value is a secret under a name of some kind."""
    if kind == HARMLESS:
        return False
    if isinstance(value, str):
        return _is_secret_text(value, kind)
    if type(value) is int and kind != MAYBE:
        least: int = 10 ** (LEAST_DIGITS[kind] - 1)
        return abs(value) >= least
    return False


def looks_random(text: str) -> bool:
    """Tell whether a text looks like a token: long, of letters and digits, without blanks."""
    text = text[:MAX_NAME]
    return (
        len(text) >= 8
        and not any(map(str.isspace, text))
        and any(map(str.isdigit, text))
        and any(map(str.isalpha, text))
    )


def _is_secret_text(text: str, kind: str) -> bool:
    text = text.strip()
    if not text or STAND_IN.fullmatch(text) or PATH.fullmatch(text):
        return False
    if kind == MAYBE:
        return looks_random(text)
    return kind != TOKEN or not _is_small(text, kind)


def _is_small(text: str, kind: str) -> bool:
    """Tell whether a text is a number that is no secret."""
    number = NUMBER.fullmatch(text)
    if number is None:
        return False
    return bool(number["is_float"]) or sum(map(str.isdigit, text)) < LEAST_DIGITS[kind]


def _value_at(text: str, start: int, kind: str, takes_line: bool) -> Iterator[Span]:
    """Find the secret that begins at a place in a text, behind a name of some kind."""
    quoted = QUOTED.match(text, start)
    if quoted:
        if _is_secret_text(quoted[quoted.lastindex or 0], kind):
            yield quoted.span(quoted.lastindex or 0)
        return
    bracketed = BRACKETED.match(text, start)
    if bracketed:
        if any(map(str.isalpha, bracketed.group())) and _is_secret_text(bracketed.group(), kind):
            yield bracketed.span()
        return
    pattern = REST_OF_LINE if takes_line else WORD
    found = pattern.match(text, start, start + MAX_EXAMINED)
    if found:
        word = found.group().split()[0].strip(".,:;!?").lower()
        if (
            word not in PROSE
            and _is_secret_text(found.group(), kind)
            and (kind == MAYBE or not _is_small(found.group().strip(), kind))
        ):
            yield (pattern.match(text, start) or found).span()


def _is_credential(scheme: str, value: str) -> bool:
    """Tell the credential behind ``Bearer`` or ``Basic`` from a word."""
    if scheme.lower() == "basic":
        try:
            return b":" in a2b_base64(value)
        except ValueError:
            return False
    return len(value) >= 24 or not WORDS.fullmatch(value.rstrip(".=-"))


def _texts(name: str, given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise TypeError(f"{name} must be a list of strings, got one string {given!r}")
    texts = tuple(given)
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{name} must hold strings, got {described(text)}")
    return texts

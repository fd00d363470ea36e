"""A quick proof that a text holds no secret, so that most texts are never searched for one.

The proof may fail for a harmless text, which is then searched. It must never succeed for a text
that `Redaction.clean` would change: a test of this portion looks for such texts.
"""

from __future__ import annotations

import re

# Behind the word that decides: a name goes on with a letter, prose with a blank and a letter.
# Anything else may be a sign before a value, or a word that the rule passes over.
END = r"(?=[^a-z \0]| [^a-z]| ?(?:base|conf|id|new|old|value))"
NO_COUNT = r"(?!s?[\"']?[:=] ?\d{1,5}(?:[\s,;)\]}\0]|$))"
TOKEN_KEY_COOKIE = re.compile(rf"k(?:en|ey|ie){NO_COUNT}s?{END}").search
PASS = re.compile(rf"pass(?:w|phrase|{END})").search
PW = re.compile(rf"pw(?:d|{END})").search
SESSION = re.compile(rf"sess(?:ions?|ids?){END}").search
SID = re.compile(rf"sids?{END}").search
SCHEME = re.compile(r"(?:bearer|basic)\s").search
SIGNATURE = re.compile(r"=(?:(?<=sig=)|(?<=ture=))").search
OPTION = re.compile(r"-(?<![\w-]-)-?(?=[a-z])").search

# The tokens of well known services have at least so many of these characters in a row.
RUN = "x" * 20
RUNS = bytes.maketrans(
    bytes(range(256)),
    bytes(
        ord("x") if byte < 128 and (chr(byte).isalnum() or chr(byte) in "_-") else ord(" ")
        for byte in range(256)
    ),
)


def holds_no_secret(text: str) -> bool:
    """Tell whether a text, or texts with a zero byte between them, cannot hold a secret.

    Raises
    ------
    UnicodeEncodeError
        If the text has a lone surrogate.
    """
    data = text.encode()
    # As bytes, so that only ASCII letters have another case: names of secrets are made of those.
    lower = text.lower() if len(data) == len(text) else data.lower().decode("latin-1")
    # One letter is found at once, a word soon, an expression last.
    if (
        ("k" in lower and TOKEN_KEY_COOKIE(lower))
        or ("pass" in lower and PASS(lower))
        or ("w" in lower and ("jwt" in lower or ("pw" in lower and PW(lower))))
        or ("z" in lower and "authorization" in lower)
        or "secret" in lower
        or "credential" in lower
        or "csrf" in lower
        or ("sess" in lower and SESSION(lower))
        or ("sid" in lower and SID(lower))
        or (("bearer" in lower or "basic" in lower) and SCHEME(lower))
        or ("=" in lower and SIGNATURE(lower))
        or ("-" in lower and OPTION(lower))
        or ("@" in lower and "://" in lower)
    ):
        return False
    return RUN not in data.translate(RUNS).decode("latin-1")

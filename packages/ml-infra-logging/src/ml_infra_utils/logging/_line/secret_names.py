"""Which names are those of secrets: the one rule for keys, options, headers and texts alike.

The last word of a name decides. A list of harmless names would never end, so the words listed here
are those of credentials, and for the rest the look of the value decides.
"""

from __future__ import annotations

import re
from typing import Iterable

# How sure a name is that its value is a secret, and so which integers under it are.
OWN = "own"  # any text, and any integer: the user has named it
SECRET = "secret"  # any text, and an integer of 6 digits or more
TOKEN = "token"  # any text, and an integer of 12 digits or more: smaller ones count tokens
MAYBE = "maybe"  # a text that looks random
HARMLESS = ""

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Behind the word that decides: db_password_old, API_KEY_VALUE.
NEUTRAL = frozenset({"base", "confirm", "confirmation", "new", "old", "value"})
# Before it: a question whether there is a secret, such as has_password.
QUESTIONS = frozenset({"has", "have", "is", "needs", "requires", "use", "uses"})

ALWAYS = (
    *("apikey", "authorization", "cookie", "credential", "jwt", "passphrase", "passwd"),
    *("password", "pwd", "secret"),
)
VENDORS = (
    *("anthropic", "aws", "azure", "bot", "cloudflare", "cohere", "comet", "databricks"),
    *("datadog", "discord", "gcp", "gh", "github", "gitlab", "google", "groq", "heroku"),
    *(
        "hf",
        "hub",
        "huggingface",
        "kaggle",
        "mapbox",
        "mistral",
        "mlflow",
        "neptune",
        "npm",
        "openai",
    ),
    *("pinecone", "pypi", "replicate", "sendgrid", "sentry", "slack", "stripe", "telegram"),
    *("twilio", "vault", "wandb"),
)
BEFORE_KEY = frozenset(
    {
        *("access", "account", "admin", "aes", "api", "app", "auth", "client", "consumer"),
        *("decryption", "deploy", "encryption", "fernet", "hmac", "license", "master", "private"),
        *("recovery", "secret", "signing", "ssh", "storage", "subscription", "symmetric"),
        *VENDORS,
    }
)
BEFORE_PASS = frozenset(
    {
        *(
            "admin",
            "become",
            "bind",
            "db",
            "ftp",
            "ldap",
            "login",
            "mail",
            "mysql",
            "pg",
            "postgres",
            "proxy",
        ),
        *("redis", "root", "smtp", "ssh", "sudo", "user"),
    }
)
BEFORE_TOKEN = frozenset(
    {
        *("access", "api", "auth", "bearer", "csrf", "jwt", "oauth", "refresh", "security"),
        *("session", "xsrf"),
        *VENDORS,
    }
)
SESSIONS = ("csrf", "session", "sessionid", "sessid", "sid")


def words_of(name: str) -> list[str]:
    """Split a name at capitals and at whatever is no letter, without neutral words at its end."""
    words = [word.lower() for word in WORD.findall(name)]
    while len(words) > 1 and words[-1] in NEUTRAL:
        words.pop()
    return words


def kind_of(name: str) -> str:
    """Tell how sure a name is that its value is a secret."""
    words = words_of(name)
    if not words or (words[0] in QUESTIONS and len(words) > 1):
        return HARMLESS
    last = words[-1]
    single = last[:-1] if last.endswith("s") and not last.endswith("ss") else last
    if single.endswith(ALWAYS):
        return SECRET
    if single.endswith("key"):
        return SECRET if _stands_before("key", single, words, BEFORE_KEY) else HARMLESS
    if last.endswith(("pass", "pw")):
        end = "pw" if last.endswith("pw") else "pass"
        return SECRET if _stands_before(end, last, words, BEFORE_PASS) else HARMLESS
    if single.endswith("token"):
        is_alone = words == ["token"]
        return TOKEN if is_alone or _stands_before("token", single, words, BEFORE_TOKEN) else MAYBE
    if single.endswith(SESSIONS) or words[-2:] == ["session", "id"]:
        return MAYBE
    return HARMLESS


def _stands_before(end: str, last: str, words: list[str], wanted: frozenset[str]) -> bool:
    """Tell whether one of the wanted words stands before the end, apart from it or glued to it."""
    if last != end:
        return any(last.endswith(word + end) for word in wanted)
    before = words[:-1]
    # GitHub and OpenAI are split at their capitals.
    return not wanted.isdisjoint((*before[-1:], "".join(before[-2:])))


class Names:
    """The rule for names, with names of the user's own."""

    def __init__(self, exclude: Iterable[str], extra: Iterable[str]) -> None:
        self._exclude = [words for words in map(words_of, exclude) if words]
        self._extra = [words for words in map(words_of, extra) if words]

    def kind_of(self, name: str) -> str:
        """Tell how sure a name is that its value is a secret."""
        if self._exclude or self._extra:
            words = words_of(name)
            if any(words[-len(own) :] == own for own in self._exclude):
                return HARMLESS
            if any(words[-len(own) :] == own for own in self._extra):
                return OWN
        return kind_of(name)

    def are_not_in(self, text: str) -> bool:
        """Tell that no text holds one of the user's own names, however it is written."""
        if not self._extra:
            return True
        lower = text.lower()
        return not any(words[-1] in lower for words in self._extra)

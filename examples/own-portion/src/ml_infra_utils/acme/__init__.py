"""Count the words of texts; counts of parts add up."""

from __future__ import annotations

import json
from collections import Counter
from html import escape
from typing import Any, Iterable, Mapping

__all__ = ["WordCounts"]

SCHEMA = "ml-infra/word-counts/1"


class WordCounts:
    """How often each word occurs.

    It does not change; equal counts are equal. Words are in the order of their counts, the most
    frequent first.

    Parameters
    ----------
    counts : mapping of str to int
        How often each word occurs, at least once.

    Examples
    --------
    >>> print(WordCounts.of(["a rose is a rose"]))
    word  count
    a         2
    rose      2
    is        1
    """

    __slots__ = ("_counts",)

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    @classmethod
    def of(cls, texts: Iterable[str]) -> WordCounts:
        """Count the words of texts, which blanks separate."""
        return cls(Counter(word for text in texts for word in text.split()))

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each word occurs."""
        return dict(self._counts)

    def merge(self, other: WordCounts) -> WordCounts:
        """Add the counts of both, exactly."""
        return WordCounts(Counter(self._counts) + Counter(other._counts))

    def __add__(self, other: object) -> WordCounts:
        return self.merge(other) if isinstance(other, WordCounts) else NotImplemented

    def __radd__(self, other: object) -> WordCounts:
        return self if other == 0 else NotImplemented  # what `sum` begins with

    def __eq__(self, other: object) -> bool:
        return self._counts == other._counts if isinstance(other, WordCounts) else NotImplemented

    def __hash__(self) -> int:
        return hash(frozenset(self._counts.items()))

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as a document."""
        return {"schema": SCHEMA, "counts": dict(self._counts)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> WordCounts:
        """Return what `to_dict` made a document of.

        Raises
        ------
        ValueError
            If the document is another one; the message names the entry by its path.
        """
        _expect(isinstance(document, dict), "the document", "be an object", document)
        schema = document.get("schema")
        _expect(schema == SCHEMA, "schema", f"be {SCHEMA!r}", schema)
        for key in document:
            _expect(key in ("schema", "counts"), str(key), "not be there", key)
        counts: Any = document.get("counts")
        _expect(isinstance(counts, dict), "counts", "be an object", counts)
        for word, count in counts.items():
            is_count = type(count) is int and count > 0
            _expect(is_count, f"counts[{word!r}]", "be an integer above 0", count)
        return cls(counts)

    def to_json(self) -> str:
        """Return the document as JSON."""
        return json.dumps(self.to_dict(), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> WordCounts:
        """Return what `to_json` wrote."""
        try:
            document = json.loads(text)
        except ValueError as error:
            raise ValueError(f"text must be JSON, got {text[:80]!r}") from error
        return cls.from_dict(document)

    def __repr__(self) -> str:
        return f"WordCounts({len(self._counts)} words, {sum(self._counts.values())} in all)"

    def __str__(self) -> str:
        width = max(map(len, ["word", *self._counts]))
        rows = [("word", "count"), *self._counts.items()]
        return "\n".join(f"{word:{width}}  {count:>5}" for word, count in rows)

    def to_markdown(self) -> str:
        """Return the counts as a table for a comment on a pull request."""
        rows = [f"| {word} | {count} |" for word, count in self._counts.items()]
        return "\n".join(["| word | count |", "| :-- | --: |", *rows])

    def _repr_html_(self) -> str:
        rows = (f"<tr><td>{escape(w)}</td><td>{n}</td></tr>" for w, n in self._counts.items())
        return f"<table><tr><th>word</th><th>count</th></tr>{''.join(rows)}</table>"


def _expect(is_so: bool, place: str, expected: str, seen: object) -> None:
    if not is_so:
        raise ValueError(f"{place} must {expected}, got {repr(seen)[:80]}")

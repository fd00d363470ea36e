"""Classes and counts in documents: what JSON has no form for has one here."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Hashable, Iterable, NoReturn

from ml_infra_utils.metrics._exact_sums import Count, simplest
from ml_infra_utils.metrics._reading.classes import as_classes
from ml_infra_utils.metrics._words import described


def refuse(path: tuple[str | int, ...], expected: str, got: str) -> NoReturn:
    """Raise the error of an entry that has the right form and cannot be."""
    from ml_infra_utils.metrics._documents import told

    raise ValueError(f"{told(path)} must {expected}, got {got}")


def encode_classes(classes: Iterable[Hashable]) -> list[Any]:
    """Return classes as JSON: strings, integers, booleans, null, and tuples of them."""
    return [_encode_class(name) for name in classes]


def _encode_class(value: Hashable) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)  # of an enum too
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, tuple):
        return {"tuple": encode_classes(value)}
    raise TypeError(
        "classes of a document must be strings, integers, booleans, None or tuples of them, "
        f"got {described(value)}"
    )


def decode_classes(values: Iterable[Any]) -> tuple[Hashable, ...]:
    """Return the classes that `encode_classes` wrote; raise if one stands twice."""
    return as_classes(map(_decode_class, values))


def _decode_class(value: Any) -> Hashable:
    if isinstance(value, dict):
        return tuple(_decode_class(item) for item in value["tuple"])
    return value  # type: ignore[no-any-return]  # a string, an integer, a boolean or None


def encode_count(count: Count) -> int | str:
    """Return an integer, or the exact sum of weights as a fraction such as "3/4"."""
    return count if isinstance(count, int) else str(count)


def decode_count(value: int | str, *path: str | int) -> Count:
    """Return the count that `encode_count` wrote; the path says where it stands."""
    if isinstance(value, int):
        return value
    from fractions import Fraction

    with suppress(ValueError):  # Python limits the digits that it reads
        return simplest(Fraction(value))
    refuse(path, "be a fraction of fewer digits", described(value))

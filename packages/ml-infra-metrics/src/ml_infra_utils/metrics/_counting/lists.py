"""Count pairs of lists, with NumPy's help where it is loaded already."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from functools import partial
from itertools import count
from operator import eq, itemgetter
from typing import TYPE_CHECKING, Any, Hashable, Iterable, Sequence, Tuple

from ml_infra_utils.metrics._counting.arrays import tabulate
from ml_infra_utils.metrics._counting.pair_counts import (
    Counted,
    PairCounts,
    PairTable,
    occurring,
    pair_counts_of,
)
from ml_infra_utils.metrics._counting.short_lists import as_bytes, count_equal_bytes
from ml_infra_utils.metrics._exact_sums import exact_sum, simplest
from ml_infra_utils.metrics._limits import ONE_BYTE_CLASSES, SHORT_COLUMN_OF_CLASSES
from ml_infra_utils.metrics._reading.classes import is_hashable, plain_class
from ml_infra_utils.metrics._reading.columns import as_list
from ml_infra_utils.metrics._words import described

if TYPE_CHECKING:
    from ml_infra_utils.metrics._reading.numbers import Numbers

Columns = Iterable[Tuple[str, Sequence[Any]]]  # each with its name

_PLAIN = frozenset((int, str, bool, type(None)))


def count_lists(
    predicted: Sequence[Any], actual: Sequence[Any], weights: Numbers | None, names: tuple[str, str]
) -> Counted:
    """Count the pairs of two lists, or sum their weights exactly."""
    columns = tuple(zip(names, (predicted, actual)))
    if weights is None:
        codes = as_bytes(predicted, actual) if "numpy" in sys.modules else None
        if codes is not None:
            return _count_bytes(columns, codes)
    try:
        if weights is None:
            counted = _count_coded(predicted, actual) or {**Counter(zip(actual, predicted))}
        else:
            counted = _weigh(predicted, actual, weights)
    except TypeError:
        _refuse_unhashable(columns)
        raise
    seen = counted.classes if isinstance(counted, PairTable) else occurring(counted)
    if set(map(type, seen)) <= _PLAIN:
        return counted
    plain = {value: plain_class(value, partial(_position, value, columns)) for value in seen}
    merged: PairCounts = {}
    for (label, prediction), n in pair_counts_of(counted).items():
        pair = plain[label], plain[prediction]
        merged[pair] = simplest(merged.get(pair, 0) + n)
    return merged


def count_equal_lists(predicted: Sequence[Any], actual: Sequence[Any]) -> int | None:
    """Count the positions at which two lists are equal; None if that takes a closer look."""
    codes = as_bytes(predicted, actual)
    if codes is not None:
        return count_equal_bytes(*codes)
    if not _are_plain(predicted, actual):
        return None
    try:
        equal: int = sum(map(eq, predicted, actual))
    except (TypeError, OverflowError):
        return None
    return equal if type(equal) is int else None  # NumPy's == rounds integers to floats


def _are_plain(predicted: Sequence[Any], actual: Sequence[Any]) -> bool:
    """Say whether all values are, or equal, strings, integers, booleans or None."""
    try:
        if actual and isinstance(actual[0], str):
            "".join(predicted), "".join(actual)  # the fastest way to see that all are strings
            return True
        return set(map(type, set(predicted).union(actual))) <= _PLAIN
    except TypeError:  # what has no hash is refused with its place when it is counted
        return False


def _weigh(predicted: Sequence[Any], actual: Sequence[Any], weights: Numbers) -> PairCounts:
    groups: dict[tuple[Hashable, Hashable], list[float]] = {}
    for pair, weight in zip(zip(actual, predicted), as_list(weights)):
        groups.setdefault(pair, []).append(weight)
    return {pair: exact_sum(group) for pair, group in groups.items()}


def _from_bytes(codes: bytes) -> Any:
    import numpy as np

    return np.frombuffer(codes, np.uint8)


def _count_bytes(columns: Columns, columns_of_codes: tuple[bytes, bytes]) -> Counted:
    codes = _from_bytes(b"".join(columns_of_codes))
    numbers = range(int(codes.max()) + 1)
    classes: Sequence[Hashable] = numbers
    if {type(column[0]) for _, column in columns} != {int}:
        classes = [_first_seen(code, columns, columns_of_codes) for code in numbers]
    n = len(columns_of_codes[0])
    return tabulate(codes[:n], codes[n:], classes)


def _first_seen(code: int, columns: Columns, columns_of_codes: Iterable[bytes]) -> Hashable:
    """Return the class of a code as it stands in the columns: True, not 1."""
    for (name, column), codes in zip(columns, columns_of_codes):
        index = codes.find(code)
        if index >= 0:
            return plain_class(column[index], partial("{}[{}]".format, name, index))
    return code


def _count_coded(predicted: Sequence[Any], actual: Sequence[Any]) -> Counted | None:
    """Count long lists of few classes, numbered as they come, if NumPy is there."""
    if len(actual) <= SHORT_COLUMN_OF_CLASSES or "numpy" not in sys.modules:
        return None
    numbers: dict[Hashable, int] = defaultdict(count().__next__)
    y, p = (itemgetter(*column)(numbers) for column in (actual, predicted))
    if len(numbers) > ONE_BYTE_CLASSES:
        return None
    return tabulate(_from_bytes(bytes(p)), _from_bytes(bytes(y)), list(numbers))


def _refuse_unhashable(columns: Columns) -> None:
    for name, column in columns:
        for index, value in enumerate(column):
            if not is_hashable(value):
                raise TypeError(
                    f"{name}[{index}] must be a class, which is hashable, got {described(value)}; "
                    "pass one class an example, of rows of scores those of numpy.argmax(rows, "
                    "axis=1), or a 2-D array of 0 and 1 for several labels an example"
                )


def _position(value: object, columns: Columns) -> str:
    for name, column in columns:
        for index, other in enumerate(column):
            if other is value:
                return f"{name}[{index}]"
    raise AssertionError("the value came from one of the two")

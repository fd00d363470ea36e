"""Count pairs of lists, with NumPy's help where it is loaded already."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from functools import partial
from itertools import count
from operator import eq, itemgetter
from typing import TYPE_CHECKING, Any, Hashable, Iterable, Sequence, Tuple

from ml_infra_utils.metrics._counting.arrays import count_equal_arrays, tabulate
from ml_infra_utils.metrics._counting.pair_counts import (
    Counted,
    PairCounts,
    PairTable,
    occurring,
    pair_counts_of,
)
from ml_infra_utils.metrics._exact_sums import exact_sum, simplest
from ml_infra_utils.metrics._formulas.counts import ClassCounts
from ml_infra_utils.metrics._limits import (
    ONE_BYTE_CLASSES,
    SHORT_COLUMN_OF_CLASSES,
    SHORT_COLUMN_OF_ONE_CLASS,
)
from ml_infra_utils.metrics._options import CLASS_BY_DEFAULT
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
        codes = _as_bytes(predicted, actual)
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


def count_one_class(predicted: Any, actual: Any, positive_class: Any) -> ClassCounts | None:
    """Count hits, predictions and labels of a class in short lists, in as few steps as can be.

    None means that the general road must count, check or warn: the lists are long, hold other
    values than strings or integers, or the class never occurs or was not chosen among several.
    """
    if not type(predicted) is type(actual) is list or len(predicted) != len(actual):
        return None
    if len(actual) > SHORT_COLUMN_OF_ONE_CLASS and "numpy" in sys.modules:
        return None
    kind = type(positive_class)
    is_chosen = positive_class is not CLASS_BY_DEFAULT
    if not is_chosen:
        positive_class = 1  # Python compares an int faster than one of a class of its own.
    elif not (kind is str or kind is int or kind is bool):
        return None
    if not _are_quick(predicted, actual, kind is str):
        return None
    met = [label for guess, label in zip(predicted, actual) if guess == positive_class]
    positives, n = actual.count(positive_class), len(actual)
    if not met and not positives:
        return None
    if not is_chosen and not (
        positives + actual.count(0) == n and len(met) + predicted.count(0) == n
    ):
        return None
    return ClassCounts(met.count(positive_class), len(met), positives, n)


def count_equal_quickly(predicted: Any, actual: Any) -> int:
    """Count the positions at which two short lists are equal; 0 if that takes a closer look."""
    if not type(predicted) is type(actual) is list:
        return 0
    n = len(actual)
    if len(predicted) != n or not 0 < n <= SHORT_COLUMN_OF_CLASSES:
        return 0
    if _are_quick(predicted, actual, type(actual[0]) is str):
        return sum(map(eq, predicted, actual))
    return 0


def _are_quick(predicted: list[Any], actual: list[Any], are_texts: bool) -> bool:
    """Say whether all are strings, or all are integers: only of those is a join, or a sum, one."""
    try:
        if are_texts:
            "".join(predicted + actual)
            return True
        return type(sum(predicted, sum(actual))) is int
    except (TypeError, ValueError, ArithmeticError):  # the general road says what is wrong
        return False


def count_equal_lists(predicted: Sequence[Any], actual: Sequence[Any]) -> int | None:
    """Count the positions at which two lists are equal; None if that takes a closer look."""
    codes = _as_bytes(predicted, actual)
    if codes is not None:
        return count_equal_arrays(*map(_from_bytes, codes))
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


def _as_bytes(predicted: Sequence[Any], actual: Sequence[Any]) -> tuple[bytes, bytes] | None:
    """Return long lists of integers in 0..255 as bytes, if NumPy is there to count them."""
    if len(actual) <= SHORT_COLUMN_OF_CLASSES or "numpy" not in sys.modules:
        return None
    if not (isinstance(predicted[0], int) and isinstance(actual[0], int)):
        return None
    try:
        return bytes(predicted), bytes(actual)
    except (TypeError, ValueError):
        return None


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
                    "pass one class an example, or a 2-D array of 0 and 1 for several labels an "
                    "example"
                )


def _position(value: object, columns: Columns) -> str:
    for name, column in columns:
        for index, other in enumerate(column):
            if other is value:
                return f"{name}[{index}]"
    raise AssertionError("the value came from one of the two")

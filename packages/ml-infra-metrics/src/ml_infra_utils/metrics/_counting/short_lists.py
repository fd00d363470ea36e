"""The quick road of lists: as few steps as can be, where nothing needs a closer look."""

from __future__ import annotations

import sys
from functools import wraps
from operator import eq
from typing import Any, Callable, Sequence, TypeVar, cast

from ml_infra_utils.metrics._formulas.counts import ClassCounts
from ml_infra_utils.metrics._limits import (
    SHORT_COLUMN_OF_CLASSES,
    SHORT_COLUMN_OF_ONE_CLASS,
)
from ml_infra_utils.metrics._options import CLASS_BY_DEFAULT

MISSING: Any = object()  # in place of an argument

Function = TypeVar("Function", bound=Callable[..., object])


def given(*columns: Any) -> list[Any]:
    """Return the columns that were passed."""
    return [column for column in columns if column is not MISSING]


def quick_accuracy(general: Function) -> Function:
    """Let a function of two columns answer for two lists of strings or of integers by itself.

    All else is counted, checked and warned of on the general road.
    """

    @wraps(general)
    def accuracy(predictions: Any = MISSING, labels: Any = MISSING, /, **options: Any) -> Any:
        if type(predictions) is type(labels) is list and not options:
            n = len(labels)
            try:
                if len(predictions) != n:
                    pass
                elif type(labels[0]) is str:
                    "".join(predictions + labels)  # only of strings a join is one
                    return sum(map(eq, predictions, labels)) / n
                elif n > SHORT_COLUMN_OF_CLASSES:
                    codes = as_bytes(predictions, labels)
                    if codes is not None:
                        return count_equal_bytes(*codes) / n
                elif type(sum(predictions, sum(labels))) is int:  # only of integers a sum is one
                    return sum(map(eq, predictions, labels)) / n
            except (TypeError, ValueError, ArithmeticError, IndexError):
                pass  # the general road says what is wrong
        return general(*given(predictions, labels), **options)

    return cast("Function", accuracy)


def count_one_class(
    predicted: Any, actual: Any, positive_class: Any = CLASS_BY_DEFAULT
) -> ClassCounts | None:
    """Count hits, predictions and labels of a class in short lists.

    None means that the general road must count, check or warn: the lists are long, hold other
    values than strings or integers, or the class never occurs or was not chosen among several.
    """
    if not type(predicted) is type(actual) is list:
        return None
    n = len(actual)
    if len(predicted) != n or (n > SHORT_COLUMN_OF_ONE_CLASS and "numpy" in sys.modules):
        return None
    kind = type(positive_class)
    is_chosen = positive_class is not CLASS_BY_DEFAULT
    if not is_chosen:
        positive_class = 1  # Python compares an int faster than one of a class of its own.
    elif not (kind is str or kind is int or kind is bool):
        return None
    try:  # as above
        if kind is str:
            "".join(predicted + actual)
        elif type(sum(predicted, sum(actual))) is not int:
            return None
    except (TypeError, ValueError, ArithmeticError):
        return None
    met = [label for guess, label in zip(predicted, actual) if guess == positive_class]
    guesses, positives = len(met), actual.count(positive_class)
    if not guesses and not positives:
        return None
    if not is_chosen and not (
        positives + actual.count(0) == n and guesses + predicted.count(0) == n
    ):
        return None
    counts: ClassCounts = _new(ClassCounts, (met.count(positive_class), guesses, positives, n))
    return counts


def as_bytes(predicted: Sequence[Any], actual: Sequence[Any]) -> tuple[bytes, bytes] | None:
    """Return lists of integers in 0..255 as bytes, if they are long enough for that to pay."""
    if len(actual) <= SHORT_COLUMN_OF_CLASSES:
        return None
    if not (isinstance(predicted[0], int) and isinstance(actual[0], int)):
        return None
    try:
        return bytes(predicted), bytes(actual)
    except (TypeError, ValueError):
        return None


def count_equal_bytes(predicted: bytes, actual: bytes) -> int:
    """Count the positions at which two columns of bytes are equal: the zeros of their XOR."""
    differing = int.from_bytes(predicted, "little") ^ int.from_bytes(actual, "little")
    return differing.to_bytes(len(actual), "little").count(0)


_new: Any = tuple.__new__  # of a named tuple without the Python of its own

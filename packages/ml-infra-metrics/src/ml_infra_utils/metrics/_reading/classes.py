"""What is a class: any hashable Python value but NaN and floats that are not whole."""

from __future__ import annotations

import math
import sys
from enum import EnumMeta
from functools import partial
from numbers import Number
from operator import index
from typing import Any, Callable, Hashable, Iterable, Sequence

from ml_infra_utils.metrics._reading.columns import is_array, on_host
from ml_infra_utils.metrics._words import described


def plain_class(value: Any, where: Callable[[], str]) -> Hashable:
    """Return a class as a Python value, or raise an error that says where it stands."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        value = _from_numpy(value, where)
    elif hasattr(type(value), "__array__") and getattr(value, "ndim", None) == 0:
        value = value.item()  # a tensor of one value
    elif hasattr(type(value), "as_py"):  # a scalar of PyArrow
        value = value.as_py() if value.is_valid else math.nan
    if hasattr(type(value), "__array__") and getattr(value, "ndim", None) != 0:
        raise TypeError(
            f"{where()} must be one class, got a {type(value).__name__} of several values; "
            "pass one class an example"
        )
    if is_missing(value):
        raise ValueError(
            f"{where()} must be a class, got {described(value)}; drop such examples first"
        )
    if isinstance(value, int):
        return value
    if hasattr(type(value), "__index__"):
        return index(value)
    if isinstance(value, Number):
        return _whole(value, where)
    return value  # type: ignore[no-any-return]  # hashable: it was a key


def _whole(value: Any, where: Callable[[], str]) -> int:
    try:
        integer = int(value)
        if integer == value:
            return integer
    except (TypeError, OverflowError):  # of complex numbers and infinities
        pass
    place = where()
    advice = "turn scores into classes first, for instance score >= 0.5"
    if place.startswith("labels"):
        advice = "labels come second, predictions or scores first"
    raise ValueError(f"{place} must be a class, got {described(value)}; {advice}")


def _from_numpy(scalar: Any, where: Callable[[], str]) -> Any:
    kind = scalar.dtype.kind
    if kind not in "mM":
        return scalar.item()
    if is_missing(scalar):
        return scalar  # NaT, which item() turns into None
    moment = scalar.item()
    if isinstance(moment, int):  # finer than Python's microseconds
        rounded = scalar.astype(f"{kind}8[us]")
        if rounded != scalar:
            raise ValueError(
                f"{where()} must be a moment of whole microseconds, as Python's are, "
                f"got {described(scalar)}; round it first"
            )
        moment = rounded.item()
    return moment


def is_missing(value: Any) -> bool:
    """Say whether the value is NaN, NaT or NA, or a tuple with one; None is a class as others."""
    if isinstance(value, tuple):
        return any(map(is_missing, value))
    try:
        return not value == value  # noqa: SIM201  NaN, NaT and Decimal("NaN") differ from themselves
    except (TypeError, ValueError, ArithmeticError):  # pandas.NA, arrays and Decimal("sNaN")
        return True


def as_classes(classes: Iterable[Hashable], argument: str = "classes") -> tuple[Hashable, ...]:
    """Return the classes that the caller declares, all different, in their order."""
    if isinstance(classes, (str, bytes)) or not hasattr(type(classes), "__iter__"):
        raise TypeError(f"{argument} must be an iterable of classes, got {described(classes)}")
    names = list(on_host(classes) if is_array(classes) else classes)
    first: dict[Hashable, int] = {}
    for i, name in enumerate(names):
        if not is_hashable(name):
            raise TypeError(f"{argument}[{i}] must be hashable, got {described(name)}")
        names[i] = plain_class(name, partial("{}[{}]".format, argument, i))
        if first.setdefault(names[i], i) != i:
            raise ValueError(
                f"{argument}[{i}] must be another class than all before it, got "
                f"{described(name)}, which is {argument}[{first[names[i]]}]"
            )
    return tuple(names)


def as_ignored(ignore: Any) -> frozenset[Hashable]:
    """Return the classes to leave out: one, or a list or set of them."""
    if ignore is None:
        return frozenset()
    several = isinstance(ignore, (list, set, frozenset))
    for name in ignore if several else [ignore]:
        if not is_hashable(name):
            raise TypeError(f"ignore must be a class, or a list of classes, got {described(name)}")
    return frozenset(plain_class(x, lambda: "ignore") for x in (ignore if several else [ignore]))


def as_positive_class(value: Any) -> Hashable:
    """Return the class that the caller asks for."""
    if not is_hashable(value):
        raise TypeError(f"positive_class must be a class, got {described(value)}")
    return plain_class(value, lambda: "positive_class")


def is_hashable(value: object) -> bool:
    """Say whether the value has a hash; a tuple may hold what has none."""
    try:
        hash(value)
    except TypeError:
        return False
    return True


def in_order(classes: Iterable[Any]) -> tuple[Any, ...]:
    """Return the classes sorted; if they do not compare, numbers first, others by type and repr."""
    try:
        return tuple(sorted(classes))
    except TypeError:
        return tuple(sorted(classes, key=_by_kind))


def _by_kind(name: object) -> tuple[Any, ...]:
    """Return a key of its own for each class, and one key for True and 1."""
    return (0, name) if isinstance(name, int) else (1, type(name).__name__, repr(name))


def order_of(values: Any) -> tuple[Hashable, ...]:
    """Return the categories that a column declares, in the order in which its library sorts it.

    pandas sorts by categories, Polars an Enum, and PyArrow a dictionary that says it is ordered.
    """
    dtype = getattr(values, "dtype", getattr(values, "type", None))
    if getattr(dtype, "ordered", False) is True and hasattr(values, "unify_dictionaries"):
        chunks = values.unify_dictionaries().chunks
        categories = chunks[0].dictionary.to_pylist() if chunks else ()
    elif getattr(dtype, "ordered", False) is True and hasattr(values, "dictionary"):
        categories = values.dictionary.to_pylist()
    else:
        categories = getattr(dtype, "categories", None)
    if not hasattr(type(categories), "__len__"):  # Polars names the categories of others, too
        return ()
    return tuple(plain_class(name, lambda: "a category") for name in list(categories))


def declared_order(classes: Iterable[Hashable]) -> tuple[Hashable, ...]:
    """Return the members of the `enum.Enum` of which all classes are, in its order."""
    kinds = {type(name) for name in classes}
    if len(kinds) != 1:
        return ()
    kind: Any = kinds.pop()
    is_ordered = isinstance(kind, EnumMeta) and not issubclass(kind, int)
    return tuple(kind) if is_ordered else ()


def ordered_by(order: Sequence[Hashable], classes: Iterable[Hashable]) -> tuple[Hashable, ...]:
    """Return the classes in a declared order; what it does not name comes last, sorted."""
    found = set(classes)
    return tuple(name for name in order if name in found) + in_order(found.difference(order))


def one_order(left: tuple[Hashable, ...], right: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    """Return the order of two columns or matrices: that of the left, then what it lacks."""
    known = set(left)
    return left + tuple(name for name in right if name not in known)


def united(left: tuple[Hashable, ...], right: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    """Return all classes: sorted if both were, else those of the right after the left's."""
    if left == right:
        return left
    known = set(left)
    united = left + tuple(name for name in right if name not in known)
    both_sorted = left == in_order(left) and right == in_order(right)
    return in_order(united) if both_sorted else united

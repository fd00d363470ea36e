"""What a confusion matrix consists of: its classes, its counts, and what was declared of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, AbstractSet, Hashable, Iterable, NamedTuple, cast

from ml_infra_utils.metrics._exact_sums import exact_count, simplest
from ml_infra_utils.metrics._reading.classes import (
    as_classes,
    declared_order,
    one_order,
    ordered_by,
    united,
)
from ml_infra_utils.metrics._reading.columns import is_frame
from ml_infra_utils.metrics._reading.count_frames import read_count_frame
from ml_infra_utils.metrics._words import listed

if TYPE_CHECKING:
    from ml_infra_utils.metrics._counting.pair_counts import PairCounts
    from ml_infra_utils.metrics._exact_sums import Count
    from ml_infra_utils.metrics._types import SupportsArray


class Parts(NamedTuple):
    """Classes, the counts of pairs of them, and what was declared of the classes."""

    classes: tuple[Hashable, ...]
    pairs: PairCounts
    declared: bool  # whether no other classes may occur
    order: tuple[Hashable, ...]  # of categories, of which not all need occur
    ignored: frozenset[Hashable]  # predicted, but left out of averages

    def cells(self) -> dict[tuple[int, int], Count]:
        """Return the counts by the index of the label and of the prediction."""
        index = {name: i for i, name in enumerate(self.classes)}
        return {(index[label], index[guess]): n for (label, guess), n in self.pairs.items()}

    def scale(self) -> list[int]:
        """Return where each class lies in the order of all, of which not all need occur."""
        order = self.classes if self.declared else self.order or declared_order(self.classes)
        places = {name: i for i, name in enumerate(ordered_by(order, {*order, *self.classes}))}
        return [places[name] for name in self.classes]


def read_counts(
    classes: Iterable[Hashable], counts: Iterable[Iterable[float]] | SupportsArray
) -> tuple[tuple[Hashable, ...], PairCounts]:
    """Return the classes, and the counts of pairs of them that a table of k rows holds."""
    names, table = as_classes(classes), cast("Iterable[Iterable[float]]", counts)
    if is_frame(counts):
        names, table = read_count_frame(counts, names)
    rows = [list(row) for row in table]
    if len(rows) != len(names) or any(len(row) != len(names) for row in rows):
        raise ValueError(
            f"counts must have {len(names)} rows of {len(names)} counts, one for each class, "
            f"got rows of lengths {listed(map(len, rows))}"
        )
    cells = {
        (names[i], names[j]): exact_count(value, partial("counts[{}][{}]".format, i, j))
        for i, row in enumerate(rows)
        for j, value in enumerate(row)
    }
    return names, {pair: n for pair, n in cells.items() if n}


def added(one: Parts, other: Parts) -> Parts:
    """Return the parts of the sum; raise if a matrix declares classes and the other has more."""
    pairs = dict(one.pairs)
    for pair, n in other.pairs.items():
        pairs[pair] = simplest(pairs.get(pair, 0) + n)
    classes, order = _classes_of_both(one, other), one_order(one.order, other.order)
    declared = one.declared or other.declared
    if not declared:
        order = order or declared_order(classes)
        classes = ordered_by(order, classes) if order else classes
    return Parts(classes, pairs, declared, order, one.ignored | other.ignored)


def _classes_of_both(one: Parts, other: Parts) -> tuple[Hashable, ...]:
    if one.classes == other.classes or not (one.declared or other.declared):
        return united(one.classes, other.classes)
    both = {*one.classes, *other.classes}
    if any(each.declared and both != set(each.classes) for each in (one, other)):
        raise ValueError(
            "matrices must have the classes that one of them declares to add up, got "
            f"{listed(one.classes)} and {listed(other.classes)}"
        )
    return one.classes if one.declared else other.classes


def without(parts: Parts, ignored: AbstractSet[Hashable]) -> Parts:
    """Return the parts of the examples whose label is not ignored."""
    pairs = {pair: n for pair, n in parts.pairs.items() if pair[0] not in ignored}
    predicted = {prediction for _, prediction in pairs}
    classes = parts.classes
    if not parts.declared:
        classes = tuple(name for name in classes if name in predicted or name not in ignored)
    return Parts(classes, pairs, parts.declared, parts.order, parts.ignored | ignored)

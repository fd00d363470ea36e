"""How often each pair of label and prediction occurs: a dict of those that do, or a table."""

from __future__ import annotations

from itertools import chain, compress, product
from typing import (
    TYPE_CHECKING,
    AbstractSet,
    Any,
    Dict,
    Hashable,
    Iterable,
    Mapping,
    NamedTuple,
    Sequence,
    Tuple,
    Union,
)

from ml_infra_utils.metrics._formulas.counts import Margins
from ml_infra_utils.metrics._reading.columns import as_list
from ml_infra_utils.metrics._words import described, listed

if TYPE_CHECKING:
    from ml_infra_utils.metrics._exact_sums import Count

PairCounts = Dict[Tuple[Hashable, Hashable], "Count"]


class PairTable(NamedTuple):
    """The counts of all pairs of k classes: quicker to make and to sum than a dict.

    ``counts[i * k + j]`` is how often label ``classes[i]`` was predicted as ``classes[j]``.
    """

    classes: Sequence[Hashable]
    counts: Sequence[int]


Counted = Union[PairCounts, PairTable]


def pair_counts_of(counted: Counted) -> PairCounts:
    """Return the counts of the pairs that occur."""
    if isinstance(counted, dict):
        return counted
    classes, counts = counted
    return dict(zip(compress(product(classes, classes), counts), filter(None, counts)))


def occurring(counted: Counted) -> Iterable[Hashable]:
    """Return the classes that are a label or a prediction, each once, in a fixed order."""
    if isinstance(counted, dict):
        return dict.fromkeys(chain.from_iterable(counted))
    classes, counts = counted
    k = len(classes)
    return [
        name
        for i, name in enumerate(classes)
        if any(counts[i * k : (i + 1) * k]) or any(counts[i::k])
    ]


def chosen_pairs(
    cells: PairCounts,
    classes: tuple[Hashable, ...] | None,
    ignored: AbstractSet[Hashable],
    columns: Mapping[str, Any] | None = None,
    known: AbstractSet[Hashable] | None = None,
) -> PairCounts:
    """Return the counts but for ignored labels; raise unless they are of declared classes.

    With the columns, the error says where a class is not; `known` are the classes as a set, for
    those who count often.
    """
    if ignored:
        cells = {pair: n for pair, n in cells.items() if pair[0] not in ignored}
    if classes is not None:
        _check_membership(cells, classes, columns, known or set(classes))
    return {pair: n for pair, n in cells.items() if n}  # what weighs nothing does not occur


def _check_membership(
    cells: PairCounts,
    classes: tuple[Hashable, ...],
    columns: Mapping[str, Any] | None,
    known: AbstractSet[Hashable],
) -> None:
    for place, name in enumerate(("labels", "predictions")):
        unknown = [pair[place] for pair in cells if pair[place] not in known]
        if unknown:
            where = name
            if columns is not None:
                where = f"{name}[{as_list(columns[name]).index(unknown[0])}]"
            raise ValueError(
                f"{where} must be among the classes {listed(classes)}, "
                f"got {described(unknown[0])}; add it to classes, or drop such examples"
            )


def margins_of(counted: Counted, classes: Sequence[Hashable]) -> Margins:
    """Return the sums of the rows and columns of the classes, which must be all that occur."""
    if isinstance(counted, dict):
        return _margins_of_cells(counted, classes)
    k, counts = len(counted.classes), counted.counts
    place = {name: i for i, name in enumerate(counted.classes)}
    places = [place[name] for name in classes]
    actual = [sum(counts[i * k : (i + 1) * k]) for i in places]
    return Margins(
        [counts[i * k + i] for i in places],
        [sum(counts[i::k]) for i in places],
        actual,
        sum(actual),
    )


def _margins_of_cells(cells: PairCounts, classes: Iterable[Hashable]) -> Margins:
    predicted: dict[Hashable, Count] = dict.fromkeys(classes, 0)
    actual = predicted.copy()
    for (label, prediction), n in cells.items():
        actual[label] += n
        predicted[prediction] += n
    return Margins(
        [cells.get((name, name), 0) for name in classes],
        list(predicted.values()),
        list(actual.values()),
        sum(cells.values()),
    )

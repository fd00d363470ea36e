"""What a document of a confusion matrix holds, and the matrix's parts read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, AbstractSet, Any, Hashable, Mapping, NamedTuple

from ml_infra_utils.metrics._reading.classes import as_classes
from ml_infra_utils.metrics._states.document_values import (
    decode_class,
    decode_count,
    encode_class,
    encode_count,
    refuse,
)

if TYPE_CHECKING:
    from ml_infra_utils.metrics._counting.pair_counts import PairCounts


class Parts(NamedTuple):
    """Classes, the counts of pairs of them, and what was declared of the classes."""

    classes: tuple[Hashable, ...]
    pairs: PairCounts
    declared: bool
    order: tuple[Hashable, ...]
    ignored: frozenset[Hashable]


def entries_of(
    classes: tuple[Hashable, ...],
    pairs: PairCounts,
    declared: bool,
    order: tuple[Hashable, ...],
    ignored: AbstractSet[Hashable],
) -> dict[str, Any]:
    """Return the entries of a document: classes, and cells by the places of their classes."""
    index = {name: i for i, name in enumerate(classes)}
    cells = sorted((index[label], index[prediction], n) for (label, prediction), n in pairs.items())
    return {
        "classes": [encode_class(name) for name in classes],
        "declared": declared,
        **({"order": [encode_class(name) for name in order]} if order else {}),
        **({"ignored": sorted(map(index.__getitem__, ignored))} if ignored else {}),
        "cells": [[i, j, encode_count(n)] for i, j, n in cells],
    }


def parts_of(document: Mapping[str, Any]) -> Parts:
    """Return what `entries_of` wrote; raise if a place is of no class, or a cell stands twice."""
    names = as_classes(map(decode_class, document["classes"]))
    pairs: PairCounts = {}
    for at, (i, j, n) in enumerate(document["cells"]):
        for place, index in enumerate((i, j)):
            _check_place(index, len(names), "cells", at, place)
        pair = names[i], names[j]
        if pair in pairs:
            refuse(("cells", at), "be a pair of classes that was not met before", f"{[i, j]}")
        pairs[pair] = decode_count(n, "cells", at, 2)
    order = as_classes(map(decode_class, document.get("order", ())))
    for at, index in enumerate(document.get("ignored", ())):
        _check_place(index, len(names), "ignored", at)
    ignored = frozenset(names[index] for index in document.get("ignored", ()))
    cells = {pair: n for pair, n in pairs.items() if n}
    return Parts(names, cells, document["declared"], order, ignored)


def _check_place(index: int, number: int, *path: str | int) -> None:
    if index >= number:
        refuse(path, f"be below {number}, the number of classes", str(index))

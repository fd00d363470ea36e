"""What a document of a confusion matrix holds, and the matrix's parts read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from ml_infra_utils.metrics._states.document_values import (
    decode_classes,
    decode_count,
    encode_classes,
    encode_count,
    refuse,
)
from ml_infra_utils.metrics._states.matrix_parts import Parts

if TYPE_CHECKING:
    from ml_infra_utils.metrics._counting.pair_counts import PairCounts


def entries_of(parts: Parts) -> dict[str, Any]:
    """Return the entries of a document: classes, and cells by the places of their classes."""
    index = {name: i for i, name in enumerate(parts.classes)}
    cells = sorted((i, j, n) for (i, j), n in parts.cells().items())
    return {
        "classes": encode_classes(parts.classes),
        "declared": parts.declared,
        **({"order": encode_classes(parts.order)} if parts.order else {}),
        **({"ignored": sorted(index[name] for name in parts.ignored)} if parts.ignored else {}),
        "cells": [[i, j, encode_count(n)] for i, j, n in cells],
    }


def parts_of(document: Mapping[str, Any]) -> Parts:
    """Return what `entries_of` wrote; raise if a place is of no class, or a cell stands twice."""
    names = decode_classes(document["classes"])
    pairs: PairCounts = {}
    for at, (i, j, n) in enumerate(document["cells"]):
        for place, index in enumerate((i, j)):
            _check_place(index, len(names), "cells", at, place)
        pair = names[i], names[j]
        if pair in pairs:
            refuse(("cells", at), "be a pair of classes that was not met before", f"{[i, j]}")
        pairs[pair] = decode_count(n, "cells", at, 2)
    order = decode_classes(document.get("order", ()))
    for at, index in enumerate(document.get("ignored", ())):
        _check_place(index, len(names), "ignored", at)
    ignored = frozenset(names[index] for index in document.get("ignored", ()))
    cells = {pair: n for pair, n in pairs.items() if n}
    return Parts(names, cells, document["declared"], order, ignored)


def _check_place(index: int, number: int, *path: str | int) -> None:
    if index >= number:
        refuse(path, f"be below {number}, the number of classes", str(index))

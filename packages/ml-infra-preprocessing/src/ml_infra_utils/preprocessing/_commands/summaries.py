"""The summary of a file, batch by batch."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing import Summary, summarize
from ml_infra_utils.preprocessing._commands.csv_blocks import PlainLines
from ml_infra_utils.preprocessing._commands.files import batches
from ml_infra_utils.preprocessing._distributions import Texts, texts_of
from ml_infra_utils.preprocessing._limits import MOST_TEXTS
from ml_infra_utils.preprocessing.column_summary import ColumnSummary

if TYPE_CHECKING:
    from typing import Collection, Mapping, Sequence

MOST_KEPT = 8 * MOST_TEXTS
"""Of so many different texts of a column only the most frequent are kept, for memory."""


def summary_of_file(
    file: str, columns: Sequence[str] | None, text: Collection[str], distributions: bool = True
) -> Summary:
    """Return the summary of a file: figures of numbers, counts of texts."""
    with suppress(ModuleNotFoundError):
        import_module(
            "numpy"
        )  # lists are summarized by it once it is loaded: quicker, and the same
    whole: Summary | None = None
    for batch in batches(file, columns, text, blocks=PlainLines):
        part = summary_of_batch(batch, distributions)
        whole = part if whole is None else _pruned(whole.merge(part))
    assert whole is not None  # a file without rows is an error
    return whole


def summary_of_batch(batch: Mapping[str, Sequence[Any]], distributions: bool) -> Summary:
    """Return the summary of columns of values."""
    return Summary(_column(name, values, distributions) for name, values in batch.items())


def _column(name: str, values: Any, distributions: bool) -> ColumnSummary:
    if hasattr(values, "to_pylist"):
        return _column_of_array(name, values, distributions)
    kinds = {type(value) for value in values} - {type(None)}
    if kinds <= {int, float}:
        return replace(summarize(values, distributions=distributions)[0], name=name)
    present = [value for value in values if value is not None]
    missing = len(values) - len(present)
    kind = " | ".join(sorted(each.__name__ for each in kinds))
    column = ColumnSummary(name, kind, len(present), missing)
    if not distributions:
        return column
    sizes = [len(value) for value in present if isinstance(value, str)]
    lengths = (min(sizes), max(sizes)) if sizes else None
    counts = Counter(present).most_common()
    return replace(column, distribution=texts_of(counts, len(present), lengths))


def _column_of_array(name: str, values: Any, distributions: bool) -> ColumnSummary:
    """Return the summary of an array of PyArrow's, in the words of Python's types."""
    from pyarrow import compute, types

    if types.is_integer(values.type) or types.is_floating(values.type):
        kind = "int" if types.is_integer(values.type) else "float"
        return replace(summarize(values, distributions=distributions)[0], name=name, type=kind)
    count = len(values) - values.null_count
    is_text = types.is_string(values.type)
    kind = ("str" if is_text else "bool") if count else ""
    column = ColumnSummary(name, kind, count, values.null_count)
    if not distributions:
        return column
    sizes = compute.min_max(compute.utf8_length(values)).as_py() if is_text and count else None
    lengths = (sizes["min"], sizes["max"]) if sizes else None
    found = compute.value_counts(values.drop_null())
    counted = zip(found.field("values").to_pylist(), found.field("counts").to_pylist())
    counts = Counter(dict(counted)).most_common()
    return replace(column, distribution=texts_of(counts, count, lengths))


def _pruned(summary: Summary) -> Summary:
    """Return the summary without the rare texts of a column that has too many."""
    return Summary(
        replace(column, distribution=_frequent(column.distribution))
        if isinstance(column.distribution, Texts) and len(column.distribution.counts) > MOST_KEPT
        else column
        for column in summary
    )


def _frequent(texts: Texts) -> Texts:
    ordered = sorted(texts.counts.items(), key=lambda one: (-one[1][0], str(one[0])))
    kept, rare = ordered[:MOST_TEXTS], ordered[MOST_TEXTS:]
    hidden = texts.hidden + sum(count for _, (count, _) in rare)
    cut = max(texts.cut, max(count + more for _, (count, more) in rare))
    return Texts(dict(kept), hidden, cut, texts.lengths)

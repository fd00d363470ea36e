"""Sums over numbers of a table, by slice, with one GROUP BY."""

from __future__ import annotations

import math
from typing import Any, Hashable, Mapping, Sequence

from ml_infra_utils.metrics._counting.frames import number_column, weight_of
from ml_infra_utils.metrics._counting.groups import as_table, check_columns, group, key_of, ordered
from ml_infra_utils.metrics._exact_sums import Count, exact_sum
from ml_infra_utils.metrics._limits import LEAST_LABEL
from ml_infra_utils.metrics._words import counted, described, shortened

_ADDED = ("absolute", "squared", "error", "relative", "symmetric", "label_absolute")


def sum_errors(
    frame: Any, predictions: str, labels: str, by: Sequence[str], sample_weight: str | None
) -> dict[tuple[Hashable, ...], tuple[float, ...]]:
    """Return the sums of `RegressionErrors`, in the order of its fields, by slice."""
    import narwhals as nw

    table = as_table(frame)
    schema = table.collect_schema()
    wanted = {"predictions": predictions, "labels": labels, "sample_weight": sample_weight}
    check_columns(schema.names(), wanted, by)
    guess = number_column(predictions, "predictions", schema)
    label = number_column(labels, "labels", schema)
    values = {"guess": guess, "label": label}
    results = {
        "n": nw.len(),
        "guesses": nw.col("guess").count(),
        "labels": nw.col("label").count(),
        "guess_sum": nw.col("guess").sum(),
        "label_sum": nw.col("label").sum(),
    }
    centre = 0.0
    weight: Any = nw.lit(1.0)
    if sample_weight is not None:
        weight = values["weight"] = number_column(sample_weight, "sample_weight", schema)
        held = nw.col("weight")
        results.update(known=held.count(), least=held.min(), total=held.sum())
    # Dask takes the variance of groups from sums of squares, which an offset costs their digits.
    has_variance = sample_weight is None and not table.implementation.is_dask()
    if has_variance:
        results.update(mean=nw.col("label").mean(), variance=nw.col("label").var(ddof=0))
    else:
        whole = {"n": nw.len(), "mean": nw.col("label").mean()}
        row = next(iter(group(table, [], {}, {"label": label}, whole)))
        centre = 0.0 if row["mean"] is None or math.isnan(row["mean"]) else float(row["mean"])
        values["offset"] = (label - centre) * weight
        values["spread"] = (label - centre) * (label - centre) * weight
        results.update(offset=nw.col("offset").sum(), spread=nw.col("spread").sum())
    error, size = guess - label, label.abs()
    both = guess.abs() + size
    values["absolute"] = error.abs() * weight
    values["squared"] = error * error * weight
    values["error"] = error * weight
    values["relative"] = error.abs() / _at_least(size, LEAST_LABEL) * weight
    some = nw.when(both > 0).then(both).otherwise(both + 1.0)
    values["symmetric"] = error.abs() * 2 / some * weight
    values["label_absolute"] = size * weight
    results.update({name: nw.col(name).sum() for name in _ADDED})
    weighed = error.abs() if sample_weight is None else nw.when(weight > 0).then(error.abs())
    values["largest"] = weighed
    results["largest"] = nw.col("largest").max()
    sums: dict[tuple[Hashable, ...], tuple[float, ...]] = {}
    for row in group(table, by, {}, values, results):
        n = int(row["n"])
        if not n:
            continue
        _check_finite(predictions, n, row["guesses"], row["guess_sum"])
        _check_finite(labels, n, row["labels"], row["label_sum"])
        total = float(n) if sample_weight is None else float(weight_of(sample_weight, row))
        if has_variance:
            mean, spread = row["mean"], float(row["variance"]) * n
        else:
            shift = row["offset"] / total if total else 0.0
            mean = centre + shift if total else 0.0
            spread = max(float(row["spread"]) - shift * shift * total, 0.0)
        key = tuple(key_of(row[f"by_{i}"]) for i in range(len(by)))
        numbers = (
            total,
            row["absolute"],
            row["squared"],
            mean,
            spread,
            row["error"],
            row["relative"],
            row["symmetric"],
            row["largest"] or 0.0,
            row["label_absolute"],
        )
        sums[key] = (n, *map(float, numbers))
    return {key: sums[key] for key in ordered(sums)}


def _at_least(column: Any, least: float) -> Any:
    import narwhals as nw

    # The narwhals of Python 3.8 has no single number where a table has no rows.
    return nw.when(column > least).then(column).otherwise(column * 0.0 + least)


def paired_columns(predictions: Any, labels: Any) -> list[tuple[str, str]]:
    """Return the columns of indicators, each prediction with its label."""
    for name, columns in (("predictions", predictions), ("labels", labels)):
        if isinstance(columns, (str, bytes)):
            raise TypeError(
                f"{name} must be a list of columns, one for each label, got {described(columns)}"
            )
    predictions, labels = list(predictions), list(labels)
    if len(predictions) != len(labels) or len(set(labels)) != len(labels):
        raise ValueError(
            "predictions and labels must name as many columns, no label twice, got "
            f"{len(predictions)} and {len(labels)} columns, {len(set(labels))} of labels different"
        )
    return list(zip(predictions, labels))


def sum_indicators(
    frame: Any, pairs: Sequence[tuple[str, str]], by: Sequence[str], sample_weight: str | None
) -> Mapping[tuple[Hashable, ...], list[Count]]:
    """Return by slice the hits, predictions and labels of each pair, and all and right examples."""
    import narwhals as nw

    table = as_table(frame)
    schema = table.collect_schema()
    wanted: dict[str, str | None] = {"sample_weight": sample_weight}
    for i, pair in enumerate(pairs):
        wanted.update({f"predictions[{i}]": pair[0], f"labels[{i}]": pair[1]})
    check_columns(schema.names(), wanted, by)
    columns = {
        column: _indicator(column, argument, schema)
        for argument, column in wanted.items()
        if column is not None and argument != "sample_weight"
    }
    values: dict[str, Any] = {}
    weight: Any = 1.0
    results = {"n": nw.len()}
    if sample_weight is not None:
        weight = values["weight"] = number_column(sample_weight, "sample_weight", schema)
        held = nw.col("weight")
        results.update(known=held.count(), least=held.min(), total=held.sum())
    right: Any = 1.0
    for i, (prediction, label) in enumerate(pairs):
        guess, truth = columns[prediction], columns[label]
        right = right * (1 - (guess - truth) * (guess - truth))
        values.update({f"hits_{i}": guess * truth * weight, f"predicted_{i}": guess * weight})
        values[f"actual_{i}"] = truth * weight
    values["exact"] = right * weight if pairs else nw.lit(1.0) * weight
    for i, column in enumerate(columns):
        values[f"value_{i}"] = columns[column]
        results[f"known_{i}"] = nw.col(f"value_{i}").count()
    kinds = ("hits", "predicted", "actual")
    names = [f"{kind}_{i}" for kind in kinds for i in range(len(pairs))] + ["exact"]
    results.update({name: nw.col(name).sum() for name in names})
    sums: dict[tuple[Hashable, ...], list[Count]] = {}
    for row in group(table, by, {}, values, results):
        n = int(row["n"])
        if not n:
            continue
        for i, column in enumerate(columns):
            if row[f"known_{i}"] != n:
                wrong = counted(n - int(row[f"known_{i}"]), "row")
                raise ValueError(
                    f"column {shortened(column)} must hold 0 and 1, got other or missing values "
                    f"in {wrong}"
                )
        total = n if sample_weight is None else weight_of(sample_weight, row)
        key = tuple(key_of(row[f"by_{i}"]) for i in range(len(by)))
        counts = [exact_sum([float(row[name])]) for name in names]
        sums[key] = [*counts[:-1], total, counts[-1]]
    return {key: sums[key] for key in ordered(sums)}


def _indicator(column: str, argument: str, schema: Any) -> Any:
    """Return a column as 0.0 and 1.0; nothing where it is neither."""
    import narwhals as nw

    if not schema[column].is_numeric() and schema[column] != nw.Boolean:
        raise TypeError(
            f"{argument} must name a column of 0 and 1, got {shortened(column)}, which is of type "
            f"{schema[column]}"
        )
    number = nw.col(column).cast(nw.Float64)
    return nw.when((number == 0) | (number == 1)).then(number)


def _check_finite(column: str, n: int, known: Any, total: Any) -> None:
    where = f"column {shortened(column)}"
    if known != n:
        raise ValueError(
            f"{where} must have no missing values, got them in {counted(n - int(known), 'row')}"
        )
    if not math.isfinite(total):
        raise ValueError(f"{where} must hold finite numbers, got a sum of {float(total)!r}")

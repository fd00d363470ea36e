"""Every container beside every other, with and without weights, over several ranges of classes."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any, Callable

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ml_infra_utils.metrics import ConfusionMatrix, accuracy, compare, f1_score, roc_auc
from tests.metrics.columns import strict

CONTAINERS: dict[str, Callable[[list[int]], Any]] = {
    "list": list,
    "tuple": tuple,
    "generator": lambda values: (value for value in values),
    "numpy": np.array,
    "floats": lambda values: np.array(values, float),
    "objects": lambda values: np.array(values, object),
    "pandas": pd.Series,
    "polars": pl.Series,
    "pyarrow": pa.array,
    "strict": strict.asarray,
    "device": lambda values: strict.asarray(values, device=strict.Device("device1")),
}
WEIGHTS: dict[str, Callable[[list[float]], Any]] = {
    "list": list,
    "tuple": tuple,
    "numpy": np.array,
    "pandas": pd.Series,
    "polars": pl.Series,
    "pyarrow": pa.array,
}
RANGES: dict[str, list[int]] = {
    "two": [0, 1],
    "bytes": list(range(256)),
    "more than bytes": list(range(0, 1200, 4)),
    "negative": [-128, -1, 127],
    "wide": [-(2**40), 0, 2**40],
}

each_container = pytest.mark.parametrize("predicted", CONTAINERS)


def draw(classes: list[int], n: int) -> tuple[list[int], list[int], list[float]]:
    generator = np.random.default_rng(n)
    predictions, labels = (generator.choice(classes, n).tolist() for _ in range(2))
    return predictions, labels, generator.choice([0.1, 0.25, 3.0], n).tolist()


@each_container
@pytest.mark.parametrize("classes", RANGES)
@pytest.mark.parametrize("n", [7, 60])  # few are counted one by one, more as arrays
def test_pairs_are_counted_beside_every_container(predicted: str, classes: str, n: int) -> None:
    predictions, labels, _ = draw(RANGES[classes], n)
    expected = Counter(zip(labels, predictions))
    for actual, container in CONTAINERS.items():
        matrix = ConfusionMatrix.from_predictions(
            CONTAINERS[predicted](predictions), container(labels)
        )
        assert n == matrix.total, actual
        assert all(count == matrix[pair] for pair, count in expected.items()), actual
        assert tuple(sorted({*predictions, *labels})) == matrix.classes


@each_container
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(("classes", "n"), [("two", 7), ("two", 60), ("wide", 60)])
def test_weights_are_summed_exactly_beside_every_container(
    predicted: str, weights: str, classes: str, n: int
) -> None:
    predictions, labels, shares = draw(RANGES[classes], n)
    sums: dict[tuple[int, int], Fraction] = {}
    for pair, share in zip(zip(labels, predictions), shares):
        sums[pair] = sums.get(pair, Fraction(0)) + Fraction(share)
    for actual, container in CONTAINERS.items():
        matrix = ConfusionMatrix.from_predictions(
            CONTAINERS[predicted](predictions),
            container(labels),
            sample_weight=WEIGHTS[weights](shares),
        )
        assert all(float(total) == matrix[pair] for pair, total in sums.items()), actual


@each_container
def test_short_forms_count_the_same_beside_every_container(predicted: str) -> None:
    predictions, labels, _ = draw([0, 1], 100)
    right = sum(p == y for p, y in zip(predictions, labels))
    only = f1_score(predictions, labels)
    for actual, container in CONTAINERS.items():
        make = CONTAINERS[predicted]
        assert right / 100 == accuracy(make(predictions), container(labels)), actual
        assert only == f1_score(make(predictions), container(labels)), actual
        assert 1.0 == compare(make(predictions), predictions, container(labels)).p_value, actual


@pytest.mark.parametrize("scores", WEIGHTS)
@pytest.mark.parametrize("weights", [None, *WEIGHTS])
@pytest.mark.parametrize("n", [7, 300])  # long lists of scores become arrays
def test_scores_are_ranked_beside_every_container(scores: str, weights: Any, n: int) -> None:
    _, labels, shares = draw([0, 1], n)
    numbers = [((3 * i) % 11) / 10 for i in range(n)]
    expected = roc_auc(numbers, labels, sample_weight=None if weights is None else shares)
    for actual, container in CONTAINERS.items():
        got = roc_auc(
            WEIGHTS[scores](numbers),
            container(labels),
            sample_weight=None if weights is None else WEIGHTS[weights](shares),
        )
        assert pytest.approx(expected, rel=1e-12) == got, actual

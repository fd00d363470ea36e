"""Arrays and tensors that may lie on a device, and Dask's arrays."""

from __future__ import annotations

import math
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import torch

from ml_infra_utils.metrics import (
    ConfusionMatrix,
    HistogramMeter,
    MultilabelCounts,
    RegressionErrors,
    ScoreHistogram,
    accuracy,
    log_loss,
    precision,
    roc_auc,
    top_k_accuracy,
)

# narwhals announces a package of its own for Dask, which is not published everywhere yet.
pytestmark = pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning")

DATA = pd.DataFrame(
    {
        "guess": [1, 0, 0, 1, 2, 1] * 50,
        "truth": [1, 1, 0, 1, 2, 0] * 50,
        "country": ["it", "de", "it", "it", None, "de"] * 50,
    }
)


@pytest.mark.parametrize(
    "dtype", [torch.int64, torch.int32, torch.uint8, torch.float32, torch.float16, torch.bfloat16]
)
def test_tensors(dtype: torch.dtype) -> None:
    predictions, labels = torch.tensor(DATA["guess"].tolist()), torch.tensor(DATA["truth"].tolist())
    expected = ConfusionMatrix.from_predictions(DATA["guess"], DATA["truth"])
    matrix = ConfusionMatrix.from_predictions(predictions.to(dtype), labels.to(dtype))
    assert expected == matrix
    assert expected.accuracy() == accuracy(predictions.to(dtype), labels)
    assert expected.precision(1) == precision(predictions, labels, 1)


def test_probabilities_of_half_precision() -> None:
    assert 1.0 == roc_auc(torch.tensor([0.25, 0.75], dtype=torch.bfloat16), [0, 1])


def test_tensors_that_are_negated_when_they_are_read() -> None:
    values = torch.tensor([0.0 - 1.0j, 0.0 - 0.0j]).conj().imag
    assert values.is_neg()
    assert 1.0 == accuracy(values, torch.tensor([1, 0])) == roc_auc(values, torch.tensor([1, 0]))


def test_boolean_tensors() -> None:
    flags = torch.tensor([True, False])
    assert "(False, True)" == repr(ConfusionMatrix.from_predictions(flags, flags).classes)


def test_tensors_that_require_gradients() -> None:
    values = torch.tensor([0.0, 1.0], requires_grad=True)
    assert 1.0 == accuracy(values, torch.tensor([0, 1]))


@pytest.mark.parametrize("n", [6, 300])
def test_lists_of_tensors_of_one_value(n: int) -> None:
    values = DATA["guess"].tolist()[:n]
    tensors = [torch.tensor(value) for value in values]
    expected = ConfusionMatrix.from_predictions(values, values)
    assert expected == ConfusionMatrix.from_predictions(tensors, values)


def test_nan_in_tensors_is_refused() -> None:
    with pytest.raises(ValueError, match=r"predictions\[1\] must be a class, got nan"):
        accuracy(torch.tensor([0.0, math.nan]), torch.tensor([0, 1]))


class OnDevice(torch.Tensor):
    """A tensor that says it lies on a GPU, and notes the shape of what is copied from there."""

    sent: list[tuple[int, ...]] = []  # noqa: RUF012  # of all

    def __dlpack_device__(self) -> Any:
        cuda = 2
        return cuda, 0

    def cpu(self, *_: Any, **__: Any) -> Any:
        self.sent.append(tuple(self.shape))
        return self.as_subclass(torch.Tensor)


def test_tensors_on_a_device_send_only_the_counts() -> None:
    OnDevice.sent.clear()
    predictions, labels = (
        torch.tensor(DATA[name].tolist()).as_subclass(OnDevice) for name in ("guess", "truth")
    )
    matrix = ConfusionMatrix.from_predictions(predictions, labels)
    assert ConfusionMatrix.from_predictions(DATA["guess"], DATA["truth"]) == matrix
    pairs = len(set(zip(DATA["guess"], DATA["truth"])))
    assert [(2 + 2 * pairs,)] == OnDevice.sent


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_probabilities_on_a_device_send_only_the_counts(dtype: torch.dtype) -> None:
    OnDevice.sent.clear()
    numbers = [i / 10 for i in range(11)] + [i / 289 for i in range(289)]
    chances, labels = torch.tensor(numbers).to(dtype), torch.tensor(DATA["truth"].tolist())
    expected = ScoreHistogram.from_probabilities(chances, labels, 1, bins=10)
    passed = (column.as_subclass(OnDevice) for column in (chances, labels))
    assert expected == ScoreHistogram.from_probabilities(*passed, 1, bins=10)
    assert 1 + 2 * 20 >= OnDevice.sent[0][0]
    assert 1 == len(OnDevice.sent)


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.uint8])
def test_indicators_on_a_device_send_only_the_counts(dtype: torch.dtype) -> None:
    OnDevice.sent.clear()
    tables = [torch.tensor([[1, 0, 1], [0, 1, 0]] * n + [[1, 1, 1]] * 4) for n in (50, 50)]
    tables[0][::7, 1] = 1
    expected = MultilabelCounts.from_indicators(*tables)
    passed = (table.to(dtype).as_subclass(OnDevice) for table in tables)
    assert expected == MultilabelCounts.from_indicators(*passed)
    assert [(3 * 3 + 2,)] == OnDevice.sent


def test_numbers_on_a_device_send_only_the_sums() -> None:
    OnDevice.sent.clear()
    columns = [torch.linspace(1e6, 1e6 + last, 300, dtype=torch.float64) for last in (7, 8)]
    expected = RegressionErrors.from_predictions(*columns)
    passed = (column.as_subclass(OnDevice) for column in columns)
    errors = RegressionErrors.from_predictions(*passed)
    assert pytest.approx(expected.r2_score, rel=1e-9) == errors.r2_score
    assert pytest.approx(expected.squared, rel=1e-9) == errors.squared
    assert [(10,)] == OnDevice.sent


def test_dask_arrays() -> None:
    predictions = da.from_array(DATA["guess"].to_numpy(), chunks=64)
    labels = da.from_array(DATA["truth"].to_numpy(), chunks=64)
    expected = ConfusionMatrix.from_predictions(DATA["guess"], DATA["truth"])
    assert expected == ConfusionMatrix.from_predictions(predictions, labels)
    assert expected.accuracy() == accuracy(predictions, labels)


def test_dask_arrays_of_unknown_length() -> None:
    frame = dd.from_pandas(DATA, npartitions=2)
    expected = ConfusionMatrix.from_predictions(DATA["guess"], DATA["truth"])
    predictions, labels = frame["guess"].values, frame["truth"].values
    assert expected == ConfusionMatrix.from_predictions(predictions, labels)


def test_dask_arrays_of_strings() -> None:
    words = da.from_array(DATA["country"].fillna("none").to_numpy(dtype=str), chunks=64)
    assert 1.0 == accuracy(words, words)


def test_a_positive_class_may_be_a_tensor() -> None:
    assert 1.0 == roc_auc([0.1, 0.9], torch.tensor([0, 1]), torch.tensor(1))


def test_dask_arrays_of_numbers() -> None:
    columns = [DATA[name].to_numpy(dtype=float) for name in ("guess", "truth")]
    lazy = [da.from_array(column, chunks=64) for column in columns]
    expected = RegressionErrors.from_predictions(*columns)
    errors = RegressionErrors.from_predictions(*lazy)
    assert pytest.approx(expected.r2_score) == errors.r2_score
    chances = [columns[0] / 2, columns[1] > 0]
    lazy = [da.from_array(column, chunks=64) for column in chances]
    expected_histogram = ScoreHistogram.from_probabilities(*chances)
    assert expected_histogram == ScoreHistogram.from_probabilities(*lazy)
    assert expected_histogram.roc_auc() == ScoreHistogram.from_probabilities(*lazy).roc_auc()


def test_scores_of_padded_tensors_are_those_of_the_kept_ones() -> None:
    scores, labels = torch.tensor([0.9, 0.25, 0.7, 0.4]), torch.tensor([1, 0, -100, 1])
    table = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5]])
    classes = torch.tensor([0, 2, -100])
    meter = HistogramMeter(ignore=-100)
    meter.update(scores.clone().requires_grad_(), labels)
    kept = torch.tensor([0, 1, 3])

    assert 1.0 == roc_auc(scores, labels, ignore=-100)
    assert log_loss(scores[kept], labels[kept]) == log_loss(scores, labels, ignore=-100)
    assert 0.5 == top_k_accuracy(table, classes, k=1, ignore=-100)
    assert 3 == meter.compute().total


def test_padding_of_dask_arrays_is_left_out() -> None:
    scores, labels = (
        da.from_array(np.array(values), chunks=2)
        for values in ([0.9, 0.2, 0.7, 0.4], [1, 0, -100, 1])
    )
    assert 1.0 == roc_auc(scores, labels, ignore=-100)

"""Arrays on a device, as array-api-strict has them, give the states and errors of lists."""

from __future__ import annotations

import math
import random
import sys
from typing import Any, Callable

import numpy as np
import pytest

from ml_infra_utils.metrics import (
    ClassificationMeter,
    ConfusionMatrix,
    HistogramMeter,
    MultilabelCounts,
    MultilabelMeter,
    RegressionErrors,
    RegressionMeter,
    ScoreHistogram,
    UndefinedMetricWarning,
)
from tests.metrics.columns import strict

DRAWN = random.Random(7)
N = 600
CLASSES = [[DRAWN.randrange(3) for _ in range(N)] for _ in range(2)]
FLAGS = [[[DRAWN.randrange(2) for _ in range(3)] for _ in range(N)] for _ in range(2)]
# Every edge of ten bins, in single precision too, and what lies between.
CHANCES = [i / 10 for i in range(11)] + [DRAWN.random() for _ in range(N - 11)]
CHANCES = [float(np.float32(p)) for p in CHANCES]
HITS = [DRAWN.randrange(2) for _ in range(N)]
PRICES = [[1e6 + DRAWN.random() for _ in range(N)] for _ in range(2)]


@pytest.fixture(autouse=True)
def copied(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Let arrays on a device say that they lie on a GPU, and note the shape of what is copied."""
    shapes: list[tuple[int, ...]] = []

    def cpu(array: Any) -> Any:
        shapes.append(array.shape)
        return array.to_device(strict.Device("CPU_DEVICE"))

    if sys.version_info >= (3, 9):
        kind = type(strict.asarray(0))
        monkeypatch.setattr(kind, "__dlpack_device__", lambda array: (1 + is_far(array), 0))
        monkeypatch.setattr(kind, "cpu", cpu, raising=False)
    return shapes


def is_far(array: Any) -> bool:
    return bool(array.device != strict.Device("CPU_DEVICE"))


def on_device(values: Any, dtype: Any = None, name: str = "device1") -> Any:
    return strict.asarray(values, dtype=dtype, device=strict.Device(name))


@pytest.mark.parametrize("least", [-100, 0, 5])
@pytest.mark.parametrize("dtype", [strict.int8, strict.int64])
def test_classes(dtype: Any, least: int) -> None:
    columns = [[least + name for name in column] for column in CLASSES]
    arrays = [on_device(column, dtype) for column in columns]
    assert ConfusionMatrix.from_predictions(*columns) == ConfusionMatrix.from_predictions(*arrays)


@pytest.mark.parametrize("wide", [[-(2**63), 2**63 - 1], [-(2**62), 2**62], [0, 2**40]])
def test_classes_too_far_apart_for_codes_of_pairs(wide: list[int]) -> None:
    columns = [[wide[i % 2] for i in range(7)], [wide[i % 3 > 0] for i in range(7)]]
    arrays = [on_device(column, strict.int64) for column in columns]
    assert ConfusionMatrix.from_predictions(*columns) == ConfusionMatrix.from_predictions(*arrays)


@pytest.mark.parametrize("dtype", [strict.int8, strict.bool, strict.float32])
def test_indicators(dtype: Any) -> None:
    arrays = [on_device(table, dtype) for table in FLAGS]
    expected = MultilabelCounts.from_indicators(*map(np.array, FLAGS))
    assert expected == MultilabelCounts.from_indicators(*arrays)


@pytest.mark.parametrize("kinds", [(strict.float32, strict.int8), (strict.bool, strict.float64)])
def test_indicators_of_two_types(kinds: Any) -> None:
    arrays = [on_device(table, kind) for table, kind in zip(FLAGS, kinds)]
    expected = MultilabelCounts.from_indicators(*map(np.array, FLAGS))
    assert expected == MultilabelCounts.from_indicators(*arrays)


def test_positives_in_the_first_bin_only(copied: list[tuple[int, ...]]) -> None:
    expected = ScoreHistogram.from_probabilities([0.0, 0.9], [1, 0], bins=4)
    columns = on_device([0.0, 0.9]), on_device([1, 0])
    assert expected == ScoreHistogram.from_probabilities(*columns, bins=4)
    assert not copied or [(1 + 2 * 2,)] == copied


@pytest.mark.parametrize("bins", [1, 10, 1000])
@pytest.mark.parametrize("dtype", [strict.float32, strict.float64])
def test_probabilities(dtype: Any, bins: int) -> None:
    numpy_dtype = np.float32 if dtype == strict.float32 else np.float64
    expected = ScoreHistogram.from_probabilities(np.array(CHANCES, numpy_dtype), HITS, bins=bins)
    histogram = ScoreHistogram.from_probabilities(
        on_device(CHANCES, dtype), on_device(HITS), bins=bins
    )
    assert expected == histogram


def test_numbers() -> None:
    expected = RegressionErrors.from_predictions(*PRICES)
    errors = RegressionErrors.from_predictions(*map(on_device, PRICES))
    assert expected.count == errors.count == N
    for name in ("mean_absolute_error", "r2_score", "mean_absolute_percentage_error", "max_error"):
        assert pytest.approx(getattr(expected, name), rel=1e-9) == getattr(errors, name)


def test_meters_of_devices_hold_what_those_of_lists_hold() -> None:
    meters: list[tuple[Any, Any, Any]] = [
        (ClassificationMeter, CLASSES, None),
        (ClassificationMeter, CLASSES, {"ignore": 2}),
        (MultilabelMeter, FLAGS, None),
        (HistogramMeter, (CHANCES, HITS), {"bins": 7}),
    ]
    for kind, columns, options in meters:
        of_lists, of_arrays = (kind(**(options or {})) for _ in range(2))
        for start in range(0, N, 200):
            batch = [column[start : start + 200] for column in columns]
            of_lists.update(*map(np.array, batch))
            of_arrays.update(*map(on_device, batch))
        assert of_lists.compute() == of_arrays.compute()


@pytest.mark.skipif(sys.version_info < (3, 9), reason="array_api_strict needs Python 3.9")
def test_a_batch_stays_on_its_device_and_its_counts_are_copied_once(
    copied: list[tuple[int, ...]],
) -> None:
    updates: list[tuple[Any, Any, int]] = [
        (ClassificationMeter(), CLASSES, 2 + 2 * 9),
        (ClassificationMeter(), [[7] * N] * 2, 2 + 2 * 1),
        (MultilabelMeter(), FLAGS, 3 * 3 + 2),
        (HistogramMeter(bins=5), (CHANCES, HITS), 1 + 2 * 2 * 5),
        (RegressionMeter(), PRICES, 10),
    ]
    for meter, columns, counts in updates:
        copied.clear()
        meter.update(*(on_device(column) for column in columns))
        assert [(counts,)] == copied


@pytest.mark.skipif(sys.version_info < (3, 9), reason="array_api_strict needs Python 3.9")
def test_arrays_that_have_get_are_copied_by_it_as_those_of_cupy(
    copied: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind: Any = type(strict.asarray(0))
    monkeypatch.setattr(kind, "get", kind.cpu, raising=False)
    monkeypatch.delattr(kind, "cpu")
    expected = ConfusionMatrix.from_predictions(*CLASSES)
    assert expected == ConfusionMatrix.from_predictions(*map(on_device, CLASSES))
    assert [(2 + 2 * 9,)] == copied


@pytest.mark.skipif(sys.version_info < (3, 9), reason="array_api_strict needs Python 3.9")
def test_an_array_that_does_not_say_where_it_lies_stays_there(
    copied: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(type(strict.asarray(0)), "__dlpack_device__")
    expected = ConfusionMatrix.from_predictions(*CLASSES)
    assert expected == ConfusionMatrix.from_predictions(*map(on_device, CLASSES))
    assert [(2 + 2 * 9,)] == copied


@pytest.mark.skipif(sys.version_info < (3, 9), reason="array_api_strict needs Python 3.9")
def test_what_numpy_can_read_is_read_where_it_lies(copied: list[tuple[int, ...]]) -> None:
    near = [strict.asarray(table) for table in FLAGS]
    expected = MultilabelCounts.from_indicators(*map(np.array, FLAGS))
    assert expected == MultilabelCounts.from_indicators(*near)
    assert [(N, 3)] * 2 == copied  # without a copy of what lies in host memory


def test_weights_lie_where_they_want() -> None:
    weights = [0.5, 2.0, 1.0] * (N // 3)
    for kind, name, columns in (
        (ConfusionMatrix, "from_predictions", CLASSES),
        (MultilabelCounts, "from_indicators", FLAGS),
        (ScoreHistogram, "from_probabilities", (CHANCES, HITS)),
        (RegressionErrors, "from_predictions", PRICES),
    ):
        make: Callable[..., Any] = getattr(kind, name)
        expected = make(*map(np.array, columns), sample_weight=weights)
        assert expected == make(*map(on_device, columns), sample_weight=on_device(weights))


@pytest.mark.parametrize("other", [list, np.array])
def test_a_column_on_a_device_may_stand_beside_another_kind(other: Any) -> None:
    made: list[tuple[Callable[..., Any], Any]] = [
        (ConfusionMatrix.from_predictions, CLASSES),
        (MultilabelCounts.from_indicators, FLAGS),
        (ScoreHistogram.from_probabilities, (CHANCES, HITS)),
        (RegressionErrors.from_predictions, PRICES),
    ]
    for make, (first, second) in made:
        expected = make(np.array(first), np.array(second))
        assert expected == make(on_device(first), other(second))
        assert expected == make(other(first), on_device(second))


def test_columns_of_two_devices_are_counted_on_neither() -> None:
    predictions, labels = on_device(CLASSES[0]), on_device(CLASSES[1], name="device2")
    expected = ConfusionMatrix.from_predictions(*CLASSES)
    assert expected == ConfusionMatrix.from_predictions(predictions, labels)


REFUSED: dict[str, tuple[Callable[[Any, Any], Any], Any, Any]] = {
    "an indicator that is none": (MultilabelCounts.from_indicators, [[0, 2]], [[0, 1]]),
    "an indicator that is NaN": (MultilabelCounts.from_indicators, [[0.0, math.nan]], [[0.0, 1.0]]),
    "tables of other widths": (MultilabelCounts.from_indicators, [[0, 1]], [[0, 1, 1]]),
    "a probability above 1": (ScoreHistogram.from_probabilities, [0.5, 1.5], [0, 1]),
    "a probability below 0": (ScoreHistogram.from_probabilities, [0.5, -0.5], [0, 1]),
    "a probability that is NaN": (ScoreHistogram.from_probabilities, [0.5, math.nan], [0, 1]),
    "columns of other lengths": (ScoreHistogram.from_probabilities, [0.5], [0, 1]),
    "a label that is no class": (ScoreHistogram.from_probabilities, [0.5], [0.5]),
    "a number that is NaN": (RegressionErrors.from_predictions, [0.5, math.nan], [0.0, 1.0]),
    "numbers of other lengths": (RegressionErrors.from_predictions, [0.5], [0.0, 1.0]),
    "squares past the floats": (RegressionErrors.from_predictions, [1e200], [0.0]),
}


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")  # of array_api_strict's NumPy
@pytest.mark.parametrize(("make", "predictions", "labels"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_of_arrays_is_refused_of_devices(
    make: Callable[[Any, Any], Any], predictions: Any, labels: Any
) -> None:
    with pytest.raises(ValueError, match="must ") as of_numpy:
        make(np.array(predictions), np.array(labels))
    with pytest.raises(ValueError, match="must ") as of_device:
        make(on_device(predictions), on_device(labels))
    assert str(of_numpy.value) == str(of_device.value)


def test_a_positive_class_that_never_occurs_is_told() -> None:
    with pytest.warns(UndefinedMetricWarning, match="positive_class 1 never occurs"):
        ScoreHistogram.from_probabilities(on_device([0.5, 0.25]), on_device([0, 0]))


def test_no_examples_are_no_error() -> None:
    nothing = on_device([], strict.float64)
    assert RegressionErrors() == RegressionErrors.from_predictions(nothing, nothing)
    assert 0 == ScoreHistogram.from_probabilities(nothing, on_device([], strict.int64)).total


def test_a_meter_of_regression_sums_up_what_lies_on_a_device() -> None:
    meter = RegressionMeter()
    for start in range(0, N, 200):
        meter.update(*(on_device(column[start : start + 200]) for column in PRICES))
    expected = RegressionErrors.from_predictions(*PRICES)
    assert expected.count == meter.compute().count
    assert pytest.approx(expected.r2_score, rel=1e-9) == meter.compute().r2_score

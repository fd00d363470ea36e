"""ClassificationMeter: an accumulator for loops and threads."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import pytest

from ml_infra_utils.metrics import ClassificationMeter, ConfusionMatrix


def test_batches_add_up() -> None:
    meter = ClassificationMeter()
    meter.update([1, 0], [1, 1])
    meter.update([0], [0], sample_weight=[2])
    assert ConfusionMatrix([0, 1], [[2, 0], [1, 1]]) == meter.compute()


def test_reset_forgets_the_counts_and_keeps_the_classes() -> None:
    meter = ClassificationMeter(classes=["low", "high"])
    meter.update(["low"], ["low"])
    meter.reset()
    assert ConfusionMatrix(["low", "high"], [[0, 0], [0, 0]]) == meter.compute()


def test_meters_and_their_states_merge() -> None:
    meter, other = ClassificationMeter(), ClassificationMeter()
    meter.update([1], [1])
    other.update([0], [1])
    meter.merge(other)
    meter.merge(ConfusionMatrix.from_dict(other.compute().to_dict()))
    assert ConfusionMatrix([0, 1], [[0, 0], [2, 1]]) == meter.compute()
    assert 1 == other.compute().total


def test_a_computed_state_does_not_change_later() -> None:
    meter = ClassificationMeter()
    before = meter.compute()
    meter.update([1], [1])
    assert ConfusionMatrix() == before


def test_classes_outside_the_declared_ones_are_refused_and_nothing_is_counted() -> None:
    meter = ClassificationMeter(classes=[0, 1])
    with pytest.raises(ValueError, match=r"predictions\[1\] is 2, which is not among"):
        meter.update([1, 2], [1, 1])
    assert 0 == meter.compute().total


def test_updates_from_many_threads_are_all_counted() -> None:
    meter = ClassificationMeter()
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda i: meter.update([i % 3], [i % 2]), range(600)):
            pass
    assert (
        ConfusionMatrix.from_predictions([i % 3 for i in range(600)], [i % 2 for i in range(600)])
        == meter.compute()
    )


def test_merged_classes_are_among_the_declared_ones() -> None:
    meter = ClassificationMeter(classes=["cat", "dog"])
    bird = ConfusionMatrix.from_predictions(["bird"], ["bird"])
    with pytest.raises(ValueError, match=r"other holds 'bird', .* among classes=\('cat', 'dog'\)"):
        meter.merge(bird)
    assert ("cat", "dog") == meter.compute().classes


def test_no_classes_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="classes must be at least one, or None for those that"):
        ClassificationMeter(classes=[])


def test_only_meters_and_their_states_merge() -> None:
    with pytest.raises(TypeError, match=r"other must be a ClassificationMeter or .* got 5"):
        ClassificationMeter().merge(5)  # type: ignore[arg-type]  # what is refused


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda meter: pickle.loads(pickle.dumps(meter))]
)
def test_a_copy_counts_on_from_where_it_was_taken(copied: Callable[[Any], Any]) -> None:
    meter = ClassificationMeter(classes=[0, 1])
    meter.update([1], [1])
    other = copied(meter)
    other.update([0], [1])
    assert (1, 2) == (meter.compute().total, other.compute().total)
    other.reset()
    assert (0, 1) == other.compute().classes

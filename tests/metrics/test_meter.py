"""ClassificationMeter: an accumulator for loops and threads."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import pickle
import threading
import time
from functools import partial
from types import FrameType
from typing import Any, Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from ml_infra_utils.metrics._counting import pair_codes


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
    both = meter.merge(other)
    assert ConfusionMatrix([0, 1], [[0, 0], [1, 1]]) == both.compute()
    assert both == sum([meter, other]) == meter + other == meter.merge(other.compute())
    both.update([1], [1])
    assert (1, 1) == (meter.compute().total, other.compute().total)


def test_a_computed_state_does_not_change_later() -> None:
    meter = ClassificationMeter()
    before = meter.compute()
    meter.update([1], [1])
    assert ConfusionMatrix() == before


def test_classes_outside_the_declared_ones_are_refused_and_nothing_is_counted() -> None:
    meter = ClassificationMeter(classes=[0, 1])
    with pytest.raises(ValueError, match=r"predictions\[1\] must be among the classes 0, 1, got 2"):
        meter.update([1, 2], [1, 1])
    assert 0 == meter.compute().total


def sleep_at_each_line(frame: FrameType, *_: object) -> Any:
    """Trace lines of the package: let another thread go on at each."""
    if not frame.f_globals.get("__name__", "").startswith("ml_infra_utils.metrics."):
        return None
    time.sleep(1e-6)
    return sleep_at_each_line


def test_updates_of_many_threads_are_all_counted_wherever_they_take_turns() -> None:
    meter, rounds = ClassificationMeter(), 40

    def count() -> None:
        for i in range(rounds):
            meter.update([i % 3], [i % 2])
            meter.compute()

    threading.settrace(sleep_at_each_line)
    try:
        threads = [threading.Thread(target=count) for _ in range(6)]
        for thread in threads:
            thread.start()
    finally:
        threading.settrace(None)  # type: ignore[arg-type]  # removes it
    totals = [meter.compute().total for _ in range(100)]
    for thread in threads:
        thread.join()
    labels = [i % 2 for i in range(rounds)] * 6
    predictions = [i % 3 for i in range(rounds)] * 6
    assert ConfusionMatrix.from_predictions(predictions, labels) == meter.compute()
    assert sorted(totals) == totals


class Interrupting:
    """A class whose hash calls back, as a finalizer or a signal handler may at any moment."""

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback
        self.is_busy = False

    def __hash__(self) -> int:
        if not self.is_busy:
            self.is_busy = True
            self.callback()
            self.is_busy = False
        return 1


def test_an_update_within_an_update_waits_for_nothing_and_is_counted() -> None:
    meter, calls = ClassificationMeter(), itertools.count()

    def update() -> None:
        next(calls)  # counts itself
        meter.update(["inner"], ["inner"])
        meter.compute()

    name = Interrupting(update)
    for _ in range(100):
        meter.update([name], [name])
    name.is_busy = True  # from here on it interrupts nothing
    assert 100 == meter.compute()[name, name]
    assert 100 < next(calls) == meter.compute()["inner", "inner"]


def test_a_meter_changes_so_it_has_no_hash() -> None:
    meter = ClassificationMeter()
    with pytest.raises(TypeError, match="unhashable"):
        hash(meter)
    assert ClassificationMeter() == meter
    meter.update([1], [1])
    assert ClassificationMeter() != meter
    assert meter != meter.compute()


def test_a_repr_says_what_was_counted_in_one_line() -> None:
    assert "<ClassificationMeter of 0 classes, total 0>" == repr(ClassificationMeter())
    meter = ClassificationMeter(classes=range(10_000))
    meter.update([3, 7], [3, 8])
    assert "<ClassificationMeter of 10,000 classes, total 2>" == repr(meter)


def test_a_meter_that_goes_on_from_declared_classes_takes_no_others() -> None:
    declared = ConfusionMatrix.from_predictions(["cat"], ["cat"], classes=["cat", "dog"])
    meter = ClassificationMeter().merge(declared)
    with pytest.raises(
        ValueError, match=r"predictions\[0\] must be among the classes 'cat', 'dog', got 'bird'"
    ):
        meter.update(["bird"], ["cat"])


def test_merged_classes_are_among_the_declared_ones() -> None:
    meter = ClassificationMeter(classes=["cat", "dog"])
    bird = ConfusionMatrix.from_predictions(["bird"], ["bird"])
    with pytest.raises(ValueError, match=r"the classes that one .* got 'cat', 'dog' and 'bird'"):
        meter.merge(bird)
    assert ("cat", "dog") == meter.merge(ConfusionMatrix()).compute().classes


def test_no_classes_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="classes must be at least one, or None for those that"):
        ClassificationMeter(classes=[])


def test_only_meters_and_their_states_merge() -> None:
    with pytest.raises(TypeError, match=r"other must be a ClassificationMeter or .* got 5"):
        ClassificationMeter().merge(5)  # type: ignore[arg-type]  # what is refused
    with pytest.raises(TypeError):
        ClassificationMeter() + 5
    with pytest.raises(TypeError, match="other must be a RegressionMeter or a RegressionErrors"):
        RegressionMeter().merge(ClassificationMeter())  # type: ignore[arg-type]  # what is refused


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


def alike(one: Any, other: Any) -> bool:
    """Say whether two states are equal; sums of errors up to their last digits."""
    if isinstance(one, RegressionErrors):
        return bool(dataclasses.astuple(one) == pytest.approx(dataclasses.astuple(other)))
    return bool(one == other)


def halves(*columns: Any) -> list[Any]:
    return [tuple(column[part] for column in columns) for part in (slice(0, 3), slice(3, None))]


FLAGS = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 0], [0, 0, 0], [1, 1, 1]])
NUMBERS = np.array([0.5, 0.25, 0.75, 0.125, 1.0])
BITS = np.array([1, 0, 1, 1, 0])
eight_bins = partial(ScoreHistogram.from_probabilities, bins=8)
METERS: list[tuple[Callable[[], Any], Callable[..., Any], Any, Any]] = [
    (ClassificationMeter, ConfusionMatrix.from_predictions, BITS, BITS[::-1]),
    (MultilabelMeter, MultilabelCounts.from_indicators, FLAGS, FLAGS[::-1]),
    (partial(HistogramMeter, bins=8), eight_bins, NUMBERS, BITS),
    (RegressionMeter, RegressionErrors.from_predictions, NUMBERS, NUMBERS[::-1]),
]
every_meter = pytest.mark.parametrize(("kind", "state", "first", "second"), METERS)


@every_meter
@pytest.mark.parametrize("weights", [None, [1.0, 0.5, 2.0, 1.0, 0.25]])
def test_each_meter_holds_the_state_of_all_batches(
    kind: Any, state: Any, first: Any, second: Any, weights: Any
) -> None:
    meter = kind()
    assert kind() == meter
    for i, part in enumerate(halves(first, second)):
        meter.update(*part, sample_weight=weights and (weights[3:] if i else weights[:3]))
    assert alike(state(first, second, sample_weight=weights), meter.compute())
    assert kind() != meter
    meter.reset()
    assert kind() == meter


@every_meter
def test_each_meter_merges_with_its_kind_and_its_state(
    kind: Any, state: Any, first: Any, second: Any
) -> None:
    meters = [kind(), kind()]
    for meter, part in zip(meters, halves(first, second)):
        meter.update(*part)
    one, other = meters
    expected = state(first, second)
    for merged in (one + other, one.merge(other), sum(meters), one + other.compute()):
        assert alike(expected, merged.compute())
    merged = one + other
    merged.update(first, second)
    assert alike(expected + expected, merged.compute())
    assert state(first[:3], second[:3]) == one.compute()


@every_meter
def test_each_meter_travels_and_shows_itself(
    kind: Any, state: Any, first: Any, second: Any
) -> None:
    meter = kind()
    meter.update(first, second)
    for again in (pickle.loads(pickle.dumps(meter)), copy.copy(meter), copy.deepcopy(meter)):
        assert meter == again
        again.update(first, second)
        assert alike(state(first, second) + state(first, second), again.compute())
    assert state(first, second) == meter.compute()
    assert repr(meter).startswith(f"<{type(meter).__name__} of ")
    assert len(repr(meter)) < 80


@every_meter
def test_threads_update_each_meter_and_nothing_is_lost(
    kind: Any, state: Any, first: Any, second: Any
) -> None:
    meter, threads = kind(), []

    def count() -> None:
        for _ in range(20):
            meter.update(first, second)

    threading.settrace(sleep_at_each_line)
    try:
        threads = [threading.Thread(target=count) for _ in range(3)]
        for thread in threads:
            thread.start()
    finally:
        threading.settrace(None)  # type: ignore[arg-type]  # removes it
    for thread in threads:
        thread.join()
    assert alike(sum([state(first, second)] * 60), meter.compute())


def test_a_batch_without_positives_is_nothing_to_warn_of() -> None:
    meter = HistogramMeter("spam", bins=10)
    meter.update([0.1], ["ham"])
    meter.update([0.9], ["spam"])
    assert 1.0 == meter.compute().roc_auc()
    empty = HistogramMeter()
    empty.update([0.1], [0])
    with pytest.warns(UndefinedMetricWarning, match="no label is positive"):
        empty.compute().roc_auc()


def test_what_does_not_fit_the_batches_before_is_refused_and_not_counted() -> None:
    meter = MultilabelMeter()
    meter.update(FLAGS, FLAGS)
    with pytest.raises(ValueError, match=r"counts must be of the same labels .* got 0, 1 and 0, 1"):
        meter.update(FLAGS[:, :2], FLAGS[:, :2])
    assert 5 == meter.compute().total
    with pytest.raises(ValueError, match="histograms must have equal bins to add up, got 10 and"):
        HistogramMeter(bins=10).merge(HistogramMeter(bins=20))
    with pytest.raises(ValueError, match="bins must be an integer of at least 1, got 0"):
        HistogramMeter(bins=0)


def is_refused(meter: ClassificationMeter, columns: Any) -> bool:
    try:
        meter.update(*columns)
    except ValueError:
        return True
    return False


integers = st.sampled_from([0, 1, 2, 7, -100, -1, 2**31 - 1, -(2**31), 2**40])


@given(
    batches=st.lists(st.lists(st.tuples(integers, integers), max_size=6), max_size=4),
    kinds=st.tuples(*[st.sampled_from(["i8", "i8", "i4", "u1", "?", "f8", "O"])] * 2),
    classes=st.sampled_from([None, (0, 1, 2), (7, 0, 2, 1), (2**40, 0, 1, 2, 7), (False, True)]),
    ignore=st.sampled_from([None, -100, [-1, 2], "O"]),
)
def test_arrays_of_integers_are_counted_as_lists_are(
    batches: Any, kinds: Any, classes: Any, ignore: Any
) -> None:
    meters = [ClassificationMeter(classes, ignore=ignore) for _ in range(2)]
    for batch in batches:
        columns = [
            np.array([row[i] for row in batch], dtype=np.int64).astype(kinds[i]) for i in (0, 1)
        ]
        lists_of_them = [column.tolist() for column in columns]
        assert is_refused(meters[0], columns) == is_refused(meters[1], lists_of_them)
    arrays, lists = (meter.compute() for meter in meters)
    assert (lists, lists.classes) == (arrays, arrays.classes)


def test_what_is_added_up_again_does_not_grow_with_the_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    added = []

    def spy(parts: Any) -> Any:
        added.append(sum(len(part.codes) for part in parts))
        return pair_codes.add_codes(parts)

    monkeypatch.setattr("ml_infra_utils.metrics._states.meters.add_codes", spy)
    random = np.random.default_rng(0)
    meter = ClassificationMeter(classes=range(50_000))
    for _ in range(1000):
        meter.update(random.integers(0, 50_000, 20), random.integers(0, 50_000, 20))
    assert sum(added) < 4 * 20_000
    assert 20_000 == meter.compute().total

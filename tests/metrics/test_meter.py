"""ClassificationMeter: an accumulator for loops and threads."""

from __future__ import annotations

import copy
import itertools
import pickle
import threading
import time
from types import FrameType
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

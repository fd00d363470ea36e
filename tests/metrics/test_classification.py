"""accuracy, precision, recall and f1_score over plain Python sequences."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Callable, Hashable, List, Tuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.metrics import (
    ConfusionMatrix,
    UndefinedMetricWarning,
    accuracy,
    f1_score,
    fbeta_score,
    precision,
    recall,
    roc_auc,
)

# Many examples here have more than two classes, of which 1 is scored, or classes of two kinds.
pytestmark = [
    pytest.mark.filterwarnings("ignore:positive_class is 1 by default"),
    pytest.mark.filterwarnings("ignore:predictions and labels should be classes of one kind"),
]

if TYPE_CHECKING:
    from random import Random

Score = Callable[..., float]
Pair = Tuple[List[Hashable], List[Hashable]]

MIXED = st.sampled_from(["a", "b", "1", "", 0, 1, True, False, 2.0, 1.0, None, (1, 2), 300, -1])

one_vs_rest_scores = pytest.mark.parametrize("score", [precision, recall, f1_score])
every_score = pytest.mark.parametrize("score", [accuracy, precision, recall, f1_score])


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Predictions and labels of one length over a few classes; 1 occurs."""
    classes = st.sampled_from([0, 1, 2, "cat", (1, 2), None])
    rows = draw(st.lists(st.tuples(classes, classes)))
    rows.insert(draw(st.integers(0, len(rows))), draw(st.sampled_from([(1, 1), (1, 0), (2, 1)])))
    return [predicted for predicted, _ in rows], [label for _, label in rows]


@pytest.mark.parametrize(
    ("score", "predictions", "labels", "expected"),
    [
        (accuracy, [1, 0, 1, 1], [1, 0, 0, 1], 0.75),
        (accuracy, [1, 2, 3], [1, 2, 3], 1.0),
        (accuracy, [1, 1], [0, 0], 0.0),
        (accuracy, ["a", "b"], ["a", "a"], 0.5),
        (precision, [1, 1, 0, 1], [1, 0, 0, 1], 2 / 3),
        (recall, [1, 1, 0, 0, 0], [1, 0, 1, 1, 0], 1 / 3),
        (f1_score, [1, 1, 0, 0], [1, 0, 1, 1], 0.4),
        (f1_score, [1, 0, 1], [1, 0, 1], 1.0),
        (f1_score, [1, 0], [0, 1], 0.0),
    ],
)
def test_score(
    score: Score, predictions: list[Hashable], labels: list[Hashable], expected: float
) -> None:
    assert expected == score(predictions, labels)


@pytest.mark.parametrize(
    ("positive_class", "expected"), [(0, (1.0, 0.5)), (1, (0.5, 1.0)), (2, (1.0, 1.0))]
)
def test_positive_class_stands_against_all_others(
    positive_class: int, expected: tuple[float, float]
) -> None:
    predictions, labels = [0, 1, 1, 2], [0, 0, 1, 2]
    assert expected == (
        precision(predictions, labels, positive_class),
        recall(predictions, labels, positive_class),
    )


@pytest.mark.parametrize(
    ("predictions", "labels", "positive_class"),
    [
        (["spam", "spam", "ham"], ["spam", "ham", "ham"], "spam"),
        ([True, True, False], [True, False, False], True),
        ([(1, 2), (1, 2), None], [(1, 2), None, None], (1, 2)),
    ],
)
def test_classes_are_any_hashable(
    predictions: list[Hashable], labels: list[Hashable], positive_class: Hashable
) -> None:
    assert 0.5 == precision(predictions, labels, positive_class)


def test_positive_class_is_compared_by_equality() -> None:
    assert 1.0 == recall([True, False], [True, False], positive_class=1)


def test_precision_without_positive_predictions_is_zero() -> None:
    assert 0.0 == precision([0, 0], [1, 0])


def test_recall_without_positive_labels_is_zero() -> None:
    assert 0.0 == recall([1, 0], [0, 0])


@every_score
def test_empty_scores_zero(score: Score) -> None:
    assert 0.0 == score([], [])


@every_score
def test_different_lengths_are_both_said(score: Score) -> None:
    message = r"Predictions and labels must have same length.*3 predictions and 2 labels"
    with pytest.raises(ValueError, match=message):
        score([1, 0, 1], [1, 0])


@every_score
@pytest.mark.parametrize("text", ["cat", b"cat"])
def test_string_where_a_sequence_is_meant(score: Score, text: Hashable) -> None:
    with pytest.raises(TypeError, match=r"predictions must be a sequence .* put a single value"):
        score(text, ["c", "a", "t"])


@pytest.mark.parametrize("unordered", [{1, 2}, frozenset([1, 2]), {1: 0, 2: 0}])
def test_unordered_collections_have_no_positions_to_compare(unordered: object) -> None:
    with pytest.raises(
        TypeError,
        match=r"labels must be a sequence of classes, one for each example in order, got a",
    ):
        accuracy([1, 2], unordered)


def test_number_where_a_sequence_is_meant() -> None:
    with pytest.raises(TypeError, match=r"labels must be a sequence of classes, got 1 \(int\)"):
        accuracy([1], 1)


@every_score
def test_generators_are_read_once(score: Score) -> None:
    predictions, labels = [1, 1, 0], [1, 0, 0]
    assert score(predictions, labels) == score(iter(predictions), (label for label in labels))


@every_score
@given(pair=pairs())
def test_scores_lie_between_zero_and_one(score: Score, pair: Pair) -> None:
    assert 0.0 <= score(*pair) <= 1.0


@every_score
@given(pair=pairs(), random=st.randoms(use_true_random=False))
def test_order_of_examples_does_not_matter(score: Score, pair: Pair, random: Random) -> None:
    rows = list(zip(*pair))
    random.shuffle(rows)
    assert score(*pair) == score([p for p, _ in rows], [label for _, label in rows])


@one_vs_rest_scores
@pytest.mark.filterwarnings("ignore::ml_infra_utils.metrics.UndefinedMetricWarning")
@given(pair=pairs())
def test_a_perfect_prediction_scores_one_if_the_class_occurs(score: Score, pair: Pair) -> None:
    _, labels = pair
    assert float(1 in labels) == score(labels, labels)


@given(pair=pairs())
def test_swapping_predictions_and_labels_swaps_precision_and_recall(pair: Pair) -> None:
    predictions, labels = pair
    assert precision(predictions, labels) == recall(labels, predictions)


@given(pair=pairs())
def test_f1_is_the_harmonic_mean_and_lies_between_precision_and_recall(pair: Pair) -> None:
    p, r, f1 = (score(*pair) for score in (precision, recall, f1_score))
    harmonic = 2 * p * r / (p + r) if p + r else 0.0
    assert math.isclose(harmonic, f1)
    assert min(p, r) - 1e-15 <= f1 <= max(p, r) + 1e-15


@given(pair=pairs())
def test_accuracy_is_correctly_rounded(pair: Pair) -> None:
    predictions, labels = pair
    correct = sum(p == label for p, label in zip(predictions, labels))
    assert float(Fraction(correct, len(labels))) == accuracy(predictions, labels)


@one_vs_rest_scores
def test_a_positive_class_that_never_occurs_is_named_with_the_classes_seen(score: Score) -> None:
    with pytest.warns(UndefinedMetricWarning, match="positive_class 'dgo' .* 'cat', 'dog'") as seen:
        assert score(["cat", "dog"], ["dog", "dog"], positive_class="dgo") == 0.0
    assert __file__ == seen[0].filename


@one_vs_rest_scores
@pytest.mark.parametrize("zero_division", [0.0, 1.0])
def test_to_pass_zero_division_silences_the_warning(score: Score, zero_division: float) -> None:
    guesses, labels = ["cat", "dog"], ["dog", "dog"]
    assert score(guesses, labels, "dgo", zero_division=zero_division) == zero_division


def test_the_warning_lists_at_most_twenty_classes() -> None:
    with pytest.warns(UndefinedMetricWarning, match="18, 19 and 80 more"):
        precision(range(100), range(100), positive_class="cat")


@one_vs_rest_scores
def test_zero_division_may_be_nan(score: Score) -> None:
    assert math.isnan(score([0], [0], zero_division=math.nan))


@every_score
def test_zero_division_is_zero_one_or_nan(score: Score) -> None:
    with pytest.raises(ValueError, match=r"zero_division must be 0\.0, 1\.0 or nan, got 0\.5"):
        score([1], [1], zero_division=0.5)


def test_average_none_gives_each_class_its_score() -> None:
    assert {0: 1.0, 1: 0.5, 2: 1.0} == precision([0, 1, 1, 2], [0, 0, 1, 2], average=None)


def test_unknown_average_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"average must be 'macro', .* got 'samples', .* pass 2-D arrays"
    ):
        precision([1], [1], average="samples")


def test_beta_is_a_number_of_at_least_zero() -> None:
    with pytest.raises(ValueError, match="beta must be a number of at least 0, got -1"):
        fbeta_score([1], [1], beta=-1)


def test_weights_count_examples() -> None:
    assert 0.75 == accuracy([1, 0], [1, 1], sample_weight=[3, 1])


@pytest.mark.parametrize(
    ("predictions", "message"),
    [
        ([0, math.nan, 1], r"predictions\[1\] must be a class, got nan"),
        ([0, 0.3, 1], r"predictions\[1\] must be a class, got 0\.3 .* score >= 0\.5"),
        ([0, math.inf, 1], r"predictions\[1\] must be a class, got inf"),
        ([0, Decimal("nan"), 1], r"predictions\[1\] must be a class, got Decimal\('NaN'\)"),
        ([0, Decimal("snan"), 1], r"predictions\[1\]"),
    ],
)
@every_score
def test_values_that_are_no_classes_are_refused(
    score: Score, predictions: list[Hashable], message: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        score(predictions, [0, 1, 1])


@every_score
def test_unhashable_classes_are_refused_with_their_place(score: Score) -> None:
    with pytest.raises(
        TypeError, match=r"labels\[1\] must be a class, which is hashable, got \[.*\] \(list\)"
    ):
        score([1, 2], [1, [2]])


@pytest.mark.parametrize("n", [49, 50])
def test_an_object_with_an_index_is_that_integer_in_lists_of_any_length(n: int) -> None:
    class Level:
        def __index__(self) -> int:
            return 3

    predictions, labels = [1] + [Level()] * n, [1] + [3] * n
    assert 1.0 == accuracy(predictions, labels)
    assert (1, 3) == ConfusionMatrix.from_predictions(predictions, labels).classes
    assert 1.0 == precision(predictions, labels, positive_class=Level())


def test_whole_floats_are_classes() -> None:
    assert {0: 1.0, 1: 0.5} == recall([0.0, 1.0, 0.0], [0, 1, 1], average=None)


@given(
    st.lists(st.tuples(MIXED, MIXED), min_size=1, max_size=8),
    st.sampled_from([1, 60]),
)
def test_accuracy_is_that_of_the_matrix_for_any_mix_of_classes(
    rows: list[tuple[Hashable, Hashable]], times: int
) -> None:
    predictions, labels = map(list, zip(*rows * times))
    matrix = ConfusionMatrix.from_predictions(predictions, labels)
    assert matrix.accuracy() == accuracy(predictions, labels)
    assert all(n == matrix[pair] for pair, n in Counter(zip(labels, predictions)).items())


@pytest.mark.parametrize(
    ("predictions", "labels"),
    [
        ([2**53, np.float64(2**53)], [0, 2**53 + 1]),
        ([2**24, np.float32(2**24)], [0, 2**24 + 1]),
        ([7, Decimal(7)], [7, np.int64(7)]),
        ([1, np.bool_(True), 3], [1, 2**70, 3]),
    ],
)
def test_accuracy_compares_numbers_of_several_types_as_integers(
    predictions: list[Hashable], labels: list[Hashable]
) -> None:
    matrix = ConfusionMatrix.from_predictions(predictions, labels)
    assert matrix.accuracy() == accuracy(predictions, labels)


@pytest.mark.parametrize(
    ("positive_class", "error", "message"),
    [
        ([1], TypeError, r"positive_class must be a class, got \[1\]"),
        (np.array([1, 2]), TypeError, "positive_class must be a class, got array"),
        (0.5, ValueError, r"positive_class must be a class, got 0\.5"),
        (math.nan, ValueError, "positive_class must be a class, got nan"),
    ],
)
def test_a_positive_class_is_a_class(
    positive_class: Any, error: type[Exception], message: str
) -> None:
    matrix = ConfusionMatrix.from_predictions([0, 1], [1, 1])
    for score in (
        lambda: precision([0, 1], [1, 1], positive_class),
        lambda: matrix.interval("recall", positive_class=positive_class),
        lambda: roc_auc([0.1, 0.2], [0, 1], positive_class),
    ):
        with pytest.raises(error, match=message):
            score()


def test_a_positive_class_may_be_a_scalar_of_numpy() -> None:
    assert 1.0 == precision([0, 1], [1, 1], np.int64(1)) == roc_auc([0.1, 0.2], [0, 1], np.int8(1))


VALUES = [0, 1, True, 2, -1, 1.0, 0.5, math.nan, "1", "a", "", None, 10**30, Decimal(1), [1]]


@given(
    rows=st.lists(st.tuples(st.sampled_from(VALUES), st.sampled_from(VALUES)), max_size=4)
    | st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), max_size=30)
    | st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("abc")), max_size=30)
    | st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from([0, 1, True, 255, 256, -1])), min_size=51
    ),
    positive=st.lists(st.sampled_from(VALUES), max_size=1),
)
@pytest.mark.parametrize("score", [precision, recall, f1_score, accuracy])
def test_short_lists_get_what_the_general_road_gives(score: Any, rows: Any, positive: Any) -> None:
    columns = [row[0] for row in rows], [row[1] for row in rows]
    positive = [] if score is accuracy else positive

    def outcome(kind: Any) -> Any:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            try:
                result = score(*map(kind, columns), *positive)
            except (TypeError, ValueError) as error:
                result = type(error), str(error)
        return result, [str(warning.message) for warning in seen]

    assert outcome(list) == outcome(tuple)  # tuples are counted on the general road

"""ConfusionMatrix: a value that counts, merges exactly and travels as JSON."""

from __future__ import annotations

import math
import pickle
from collections import Counter
from enum import IntEnum
from itertools import permutations
from typing import Any, Hashable, List, Tuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils.metrics import ConfusionMatrix
from tests.metrics.states import read_back

# Many examples here have more than two classes, of which 1 is scored, or classes of two kinds.
pytestmark = [
    pytest.mark.filterwarnings("ignore:positive_class is 1 by default"),
    pytest.mark.filterwarnings("ignore:predictions and labels should be classes of one kind"),
]

Rows = List[Tuple[Hashable, Hashable, float]]

classes = st.sampled_from([0, 1, 2, "cat", "dog", (1, "a"), None, True])
weights = st.one_of(
    st.integers(0, 5), st.floats(0, 1e12), st.sampled_from([0.1, 0.2, 0.7, 1e-9, 5e-324])
)
rows = st.lists(st.tuples(classes, classes, weights), max_size=40)


def unweighted(rows: Rows) -> ConfusionMatrix:
    return ConfusionMatrix.from_predictions([p for p, _, _ in rows], [y for _, y, _ in rows])


def weighted(rows: Rows) -> ConfusionMatrix:
    return ConfusionMatrix.from_predictions(
        [p for p, _, _ in rows], [y for _, y, _ in rows], sample_weight=[w for _, _, w in rows]
    )


count = pytest.mark.parametrize("count", [unweighted, weighted])


@pytest.fixture
def pets() -> ConfusionMatrix:
    return ConfusionMatrix(["cat", "dog", "bird"], [[5, 1, 0], [2, 7, 0], [0, 0, 3]])


def test_counts_are_rows_of_labels_and_columns_of_predictions() -> None:
    matrix = ConfusionMatrix.from_predictions(["a", "b", "b"], ["a", "a", "b"])
    assert ((1, 1), (0, 1)) == matrix.counts
    assert (1, 0) == (matrix["a", "b"], matrix["b", "a"])
    assert 3 == matrix.total


def test_classes_are_sorted_unless_they_are_declared() -> None:
    assert (1, 2, 10) == ConfusionMatrix.from_predictions([10, 2], [2, 1]).classes
    declared = ConfusionMatrix.from_predictions(["low"], ["high"], classes=["low", "mid", "high"])
    assert ("low", "mid", "high") == declared.classes


def test_classes_that_do_not_compare_are_numbers_first_and_others_by_type() -> None:
    assert (1, 2, "a") == ConfusionMatrix.from_predictions(["a", 2], [1, 2]).classes
    mixed = [None, "a", 1, False, -5, 10, -1]
    assert (-5, -1, 0, 1, 10, None, "a") == ConfusionMatrix.from_predictions(mixed, mixed).classes


@given(rows=rows)
def test_counts_agree_with_a_counter(rows: Rows) -> None:
    expected = Counter((label, prediction) for prediction, label, _ in rows)
    matrix = unweighted(rows)
    assert all(n == matrix[pair] for pair, n in expected.items())
    assert len(rows) == matrix.total


@count
@given(rows=rows, cuts=st.lists(st.integers(0, 40), max_size=3), order=st.permutations(range(4)))
def test_parts_add_up_to_the_whole_in_any_order(
    count: Any, rows: Rows, cuts: list[int], order: list[int]
) -> None:
    edges = [0, *sorted(cuts), len(rows)]
    parts = [count(rows[start:stop]) for start, stop in zip(edges, edges[1:])]
    shuffled = [parts[i] for i in order if i < len(parts)]
    assert count(rows) == sum(shuffled, ConfusionMatrix())
    assert hash(count(rows)) == hash(sum(shuffled, ConfusionMatrix()))


@given(parts=st.lists(rows.map(weighted), min_size=3, max_size=3))
def test_addition_is_associative_even_for_weights(parts: list[ConfusionMatrix]) -> None:
    a, b, c = parts
    assert (a + b) + c == a + (b + c)


@given(rows=rows, random=st.randoms(use_true_random=False))
def test_order_of_examples_changes_nothing(rows: Rows, random: Any) -> None:
    shuffled = rows[:]
    random.shuffle(shuffled)
    assert weighted(rows) == weighted(shuffled)
    assert weighted(rows).classes == weighted(shuffled).classes


@given(rows=rows)
def test_whole_weights_are_repetitions(rows: Rows) -> None:
    whole = [(p, y, round(w) % 4) for p, y, w in rows]
    repeated = [row for row in whole for _ in range(int(row[2]))]
    matrix = weighted(whole)
    assert all(unweighted(repeated)[y, p] == matrix[y, p] for p, y, _ in whole)


def test_a_class_of_weight_zero_only_is_no_class_unless_it_is_declared() -> None:
    weights = [1, 0]
    matrix = ConfusionMatrix.from_predictions(["a", "b"], ["a", "b"], sample_weight=weights)
    assert matrix.classes == ("a",)
    declared = ConfusionMatrix.from_predictions(
        ["a", "b"], ["a", "b"], classes=["a", "b"], sample_weight=weights
    )
    assert declared.classes == ("a", "b")


def test_weights_are_summed_exactly() -> None:
    tenths = ConfusionMatrix.from_predictions([1] * 10, [1] * 10, sample_weight=[0.1] * 10)
    assert math.fsum([0.1] * 10) == tenths.total
    assert tenths == sum([ConfusionMatrix.from_predictions([1], [1], sample_weight=[0.1])] * 10)


def test_equality_is_of_classes_and_counts_not_of_their_order(pets: ConfusionMatrix) -> None:
    turned = ConfusionMatrix(["dog", "bird", "cat"], [[7, 0, 2], [0, 3, 0], [1, 0, 5]])
    assert pets == turned
    assert hash(pets) == hash(turned)
    assert pets != ConfusionMatrix(["cat", "dog"], [[5, 1], [2, 7]])
    assert pets != "a matrix"


def test_declared_classes_belong_to_the_value() -> None:
    found = ConfusionMatrix.from_predictions([1], [1])
    assert found != ConfusionMatrix.from_predictions([1], [1], classes=[0, 1])


@pytest.mark.parametrize("other", [["cat", "bird"], ["cat"], ["dog", "cat", "bird"]])
def test_matrices_that_declare_other_classes_do_not_add_up(other: list[str]) -> None:
    declared = ConfusionMatrix.from_predictions(["cat"], ["cat"], classes=["cat", "dog"])
    unlike = ConfusionMatrix.from_predictions([], [], classes=other)
    for add in (lambda: declared + unlike, lambda: unlike + declared):
        with pytest.raises(ValueError, match=r"classes that one of them declares .*'dog'"):
            add()


def test_classes_that_were_found_must_be_among_the_declared_ones() -> None:
    declared = ConfusionMatrix.from_predictions(["cat"], ["cat"], classes=["dog", "cat"])
    found = ConfusionMatrix.from_predictions(["dog"], ["cat"])
    assert ("dog", "cat") == (declared + found).classes == (found + declared).classes
    bird = ConfusionMatrix.from_predictions(["bird"], ["bird"])
    copies = [declared, read_back(declared), pickle.loads(pickle.dumps(declared)), sum([declared])]
    for one in [*copies, declared + declared]:
        for add in (lambda one=one: one + bird, lambda one=one: bird + one):
            with pytest.raises(ValueError, match="'bird'"):
                add()


def test_the_order_of_declared_classes_is_that_of_the_left_matrix() -> None:
    one, other = (
        ConfusionMatrix.from_predictions(["a"], ["a"], classes=names)
        for names in (["a", "b"], ["b", "a"])
    )
    assert ("a", "b") == (one + other).classes


def test_the_order_given_survives_a_merge_and_new_classes_follow(pets: ConfusionMatrix) -> None:
    fish = ConfusionMatrix(["ant", "cat"], [[1, 0], [0, 1]])
    assert ("cat", "dog", "bird", "ant") == (pets + fish).classes


@count
@given(rows=rows)
def test_json_round_trip_gives_an_equal_matrix_in_the_same_order(count: Any, rows: Rows) -> None:
    matrix = count(rows)
    back = read_back(matrix)
    assert matrix == back
    assert matrix.classes == back.classes


class Colour(IntEnum):
    RED = 0
    BLUE = 1


def test_enum_classes_are_kept_and_written_as_integers() -> None:
    many = [Colour.RED, Colour.BLUE] * 200
    for matrix in (
        ConfusionMatrix.from_predictions(many[:2], many[:2]),
        ConfusionMatrix.from_predictions(many, many),
    ):
        assert all(isinstance(name, Colour) for name in matrix.classes)
        assert [0, 1] == matrix.to_dict()["classes"]


@pytest.mark.parametrize(
    ("classes", "counts", "error", "message"),
    [
        (["a", "b"], [[1, 2]], ValueError, "counts must have 2 rows of 2 counts"),
        (["a"], [[-1]], ValueError, r"counts\[0\]\[0\] must be .* got -1"),
        (["a"], [[math.nan]], ValueError, "must be a finite number"),
        (["a"], [["1"]], TypeError, "must be a finite number of at least 0, got '1'"),
        (
            ["a", "a"],
            [[1, 2], [3, 4]],
            ValueError,
            r"classes\[1\] must be another class than all before it, got 'a'",
        ),
        ("ab", [[1, 2], [3, 4]], TypeError, "classes must be an iterable of classes"),
        ([["a"]], [[1]], TypeError, r"classes\[0\] must be hashable, got \['a'\]"),
    ],
)
def test_wrong_counts_are_refused(
    classes: Any, counts: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ConfusionMatrix(classes, counts)


@pytest.mark.parametrize(
    ("predictions", "labels", "name"),
    [(["a", "bird"], ["a", "a"], "predictions"), (["a", "a"], ["a", "bird"], "labels")],
)
def test_a_class_outside_the_declared_ones_is_refused(
    predictions: list[str], labels: list[str], name: str
) -> None:
    message = rf"{name}\[1\] must be among the classes 'a', 'b', got 'bird'"
    with pytest.raises(ValueError, match=message):
        ConfusionMatrix.from_predictions(predictions, labels, classes=["a", "b"])


@pytest.mark.parametrize(
    ("sample_weight", "error", "message"),
    [
        ([1, -2.0], ValueError, r"sample_weight must be at least 0, got -2\.0 at index 1"),
        ([1], ValueError, "one weight for each example, got 1 weights for 2 examples"),
        ([1, math.nan], ValueError, "sample_weight must hold finite numbers, got nan at index 1"),
        ([1, "2"], TypeError, r"sample_weight must hold numbers, got '2' \(str\) at index 1"),
        (
            [1, 10**400],
            ValueError,
            "sample_weight must hold numbers that a float can hold, got 1000.*… at index 1",
        ),
        ("ab", TypeError, "sample_weight must be a sequence of numbers, got 'ab'"),
    ],
)
def test_wrong_weights_are_refused(
    sample_weight: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ConfusionMatrix.from_predictions([1, 0], [1, 0], sample_weight=sample_weight)


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ("labels", ((0.75, 0.25), (0.0, 0.0))),
        ("predictions", ((1.0, 1.0), (0.0, 0.0))),
        ("all", ((0.75, 0.25), (0.0, 0.0))),
    ],
)
def test_normalized_counts(over: Any, expected: tuple[tuple[float, ...], ...]) -> None:
    assert expected == ConfusionMatrix([0, 1], [[3, 1], [0, 0]]).normalized(over)


def test_normalized_over_something_else_is_refused(pets: ConfusionMatrix) -> None:
    with pytest.raises(
        ValueError, match="over must be one of 'labels', 'predictions', 'all', got 'x'"
    ):
        pets.normalized("x")


def test_text_shows_names_and_counts(pets: ConfusionMatrix) -> None:
    expected = """\
label / predicted  cat  dog  bird
cat                  5    1     0
dog                  2    7     0
bird                 0    0     3"""
    assert expected == str(pets)
    assert pets == eval(repr(pets))


def test_text_of_many_classes_is_one_line() -> None:
    many = ConfusionMatrix.from_predictions(range(300), range(300))
    assert "<ConfusionMatrix of 300 classes, total 300>" == str(many) == repr(many)


def test_empty_matrix_scores_zero_division() -> None:
    empty = ConfusionMatrix.from_predictions([], [])
    assert ConfusionMatrix() == empty
    assert (0, ()) == (empty.total, empty.counts)
    scores = [
        empty.accuracy,
        empty.balanced_accuracy,
        empty.matthews_corrcoef,
        empty.cohen_kappa,
        empty.precision,
        empty.f1_score,
    ]
    assert [1.0] * 6 == [score(zero_division=1.0) for score in scores]


def test_integer_scale_has_no_limit() -> None:
    huge = ConfusionMatrix([0, 1], [[10**30, 10**29], [10**29, 10**30]])
    assert math.isclose(10 / 11, huge.accuracy())
    assert math.isclose(10 / 11 - 1 / 11, huge.matthews_corrcoef())


@pytest.mark.parametrize("order", list(permutations(["a", "b", "c"])))
def test_relabelling_classes_changes_no_score(order: tuple[str, ...]) -> None:
    names = dict(zip("abc", order))
    predictions, labels = list("abcabcaab"), list("aabbccabc")
    before = ConfusionMatrix.from_predictions(predictions, labels)
    after = ConfusionMatrix.from_predictions(
        [names[p] for p in predictions], [names[label] for label in labels]
    )
    for score in ("accuracy", "balanced_accuracy", "matthews_corrcoef", "cohen_kappa"):
        assert getattr(before, score)() == getattr(after, score)()
    for score in ("precision", "recall", "specificity", "f1_score", "jaccard"):
        assert getattr(before, score)("a") == getattr(after, score)(names["a"])
        for average in ("macro", "micro", "weighted"):
            assert getattr(before, score)(average=average) == getattr(after, score)(average=average)


def test_cohen_kappa_refuses_unknown_weights(pets: ConfusionMatrix) -> None:
    with pytest.raises(
        ValueError, match="weights must be one of None, 'linear', 'quadratic', got 'cubic'"
    ):
        pets.cohen_kappa(weights="cubic")


@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", object])
def test_counts_of_numpy_are_python_numbers(dtype: str) -> None:
    matrix = ConfusionMatrix([0, 1], np.array([[200, 100], [50, 150]], dtype))
    assert ConfusionMatrix([0, 1], [[200, 100], [50, 150]]) == matrix
    assert "((200, 100), (50, 150))" == repr(matrix.counts)
    assert 0.7 == matrix.accuracy()
    assert matrix == read_back(matrix)
    assert 0 < matrix.interval("precision").low


@pytest.mark.parametrize("classes", [5, "ab", b"ab"])
def test_classes_are_an_iterable_of_classes(classes: Any) -> None:
    with pytest.raises(TypeError, match="classes must be an iterable of classes, got "):
        ConfusionMatrix.from_predictions([1], [1], classes=classes)

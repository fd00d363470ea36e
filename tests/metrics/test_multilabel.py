"""MultilabelCounts: examples with any number of labels each."""

from __future__ import annotations

import math
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn.metrics as sk
from hypothesis import given
from hypothesis import strategies as st

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import MultilabelCounts
from tests.metrics.states import read_back

PREDICTIONS = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 0]])
LABELS = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 0, 0]])
WEIGHTS = [0.1, 0.2, 3, 4]


@pytest.fixture(params=[None, WEIGHTS], ids=["unweighted", "weighted"])
def counts(request: pytest.FixtureRequest) -> MultilabelCounts:
    return MultilabelCounts.from_indicators(PREDICTIONS, LABELS, sample_weight=request.param)


def test_parts_add_up_to_the_whole() -> None:
    for weights in ([1, 1, 1, 1], WEIGHTS):
        parts = [
            MultilabelCounts.from_indicators(
                PREDICTIONS[i : i + 1], LABELS[i : i + 1], sample_weight=weights[i : i + 1]
            )
            for i in (2, 0, 3, 1)
        ]
        whole = MultilabelCounts.from_indicators(PREDICTIONS, LABELS, sample_weight=weights)
        assert whole == sum(parts[1:], parts[0])
        assert hash(whole) == hash(sum(parts))


frames = pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table])


@frames
def test_columns_of_a_frame_name_the_labels(frame: Any) -> None:
    columns = ["cat", "dog", "bird"]
    predictions = frame({name: PREDICTIONS[:, i] for i, name in enumerate(columns)})
    labels = frame({name: LABELS[:, i] for i, name in enumerate(columns)})
    assert {"cat": 1.0, "dog": 0.5, "bird": 0.0} == ours.precision(
        predictions, labels, average=None
    )


def test_json_round_trip_obeys_the_schema(counts: MultilabelCounts) -> None:
    assert counts == read_back(counts)


decisions = st.lists(st.booleans(), min_size=6, max_size=6)
weights = st.sampled_from([0.0, 0.1, 1.0]) | st.floats(1e-6, 1e6)


@given(rows=st.lists(st.tuples(decisions, weights), min_size=1, max_size=8), cut=st.integers(0, 8))
def test_every_count_that_is_made_is_read(rows: list[tuple[list[bool], float]], cut: int) -> None:
    def of(part: list[tuple[list[bool], float]]) -> MultilabelCounts:
        flags = np.array([row for row, _ in part], dtype=bool).reshape(-1, 6)
        return MultilabelCounts.from_indicators(
            flags[:, :3], flags[:, 3:], sample_weight=[weight for _, weight in part]
        )

    merged = of(rows[:cut]) + of(rows[cut:])
    assert of(rows) == merged
    assert merged == read_back(merged)


def test_only_counts_of_the_same_labels_are_added(counts: MultilabelCounts) -> None:
    with pytest.raises(ValueError, match="counts must be of the same labels to add up"):
        counts + MultilabelCounts.from_indicators(LABELS[:, :2], LABELS[:, :2])
    with pytest.raises(TypeError):
        counts + 1


def test_a_score_of_one_class_has_no_meaning() -> None:
    with pytest.raises(
        ValueError, match="average must be 'macro', 'micro' or 'weighted' for multilabel data"
    ):
        ours.precision(PREDICTIONS, LABELS)


@pytest.mark.parametrize(
    ("predictions", "labels", "message"),
    [
        (PREDICTIONS * 2, LABELS, "predictions must hold 0 and 1, got 2 at row 0, column 0"),
        (PREDICTIONS, LABELS * 0.5, r"labels must hold 0 and 1, got 0\.5 at row 0, column 0"),
        (PREDICTIONS, LABELS[:, :2], "must have one column for each label, got 3 and 2 columns"),
        (PREDICTIONS, LABELS[:2], "got 4 predictions and 2 labels"),
        (PREDICTIONS, [0, 1, 0, 1], r"labels must be a 2-D .* take argmax\(axis=1\)"),
        (PREDICTIONS[:, :1], LABELS[:, :1], r"predictions must be one-dimensional, .* ravel\(\)"),
    ],
)
def test_wrong_indicators_are_refused(predictions: Any, labels: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ours.recall(predictions, labels, average="micro")


@frames
def test_columns_of_two_frames_are_paired_by_name(frame: Any) -> None:
    decisions = {"a": [1, 0, 1], "b": [0, 0, 1]}
    predictions, labels = frame(decisions), frame({"b": decisions["b"], "a": decisions["a"]})
    assert 1.0 == ours.accuracy(predictions, labels)
    assert {"b": 1.0, "a": 1.0} == ours.f1_score(predictions, labels, average=None)


@frames
def test_a_frame_names_the_labels_of_an_array_beside_it(frame: Any) -> None:
    table, array = frame({"a": [1, 0], "b": [0, 1]}), np.eye(2)
    expected = {"a": 1.0, "b": 1.0}
    assert expected == ours.recall(table, array, average=None)
    assert expected == ours.recall(array, table, average=None)


@frames
def test_frames_of_other_names_are_refused(frame: Any) -> None:
    predictions, labels = frame({"a": [1], "b": [0]}), frame({"a": [1], "c": [0]})
    with pytest.raises(ValueError, match=r"same names, got 'a', 'b' and 'a', 'c'; pass"):
        ours.f1_score(predictions, labels, average="macro")


def test_a_name_for_two_columns_is_refused() -> None:
    table = pd.DataFrame([[1, 0]], columns=["a", "a"])
    with pytest.raises(
        ValueError, match=r"labels must name each label by one column, got a name twice: .*'a'"
    ):
        ours.f1_score(np.eye(2)[:1], table, average="macro")


@pytest.mark.parametrize(
    ("table", "place"),
    [
        (pd.DataFrame({"a": [0, 1], "b": [1, None]}, dtype="Int64"), "row 1, column 'b'"),
        (pd.DataFrame({"a": [0, 1], "b": [1, None]}), "row 1, column 'b'"),
        (pl.DataFrame({"a": [0, None], "b": [1, 1]}), "row 1, column 'a'"),
        (pa.table({"a": [0, 1], "b": [None, 1]}), "row 0, column 'b'"),
        (np.ma.masked_array([[1, 0], [5, 1]], mask=[[0, 0], [1, 0]]), "row 1, column 0"),
    ],
)
def test_missing_values_are_refused_with_their_place(table: Any, place: str) -> None:
    with pytest.raises(
        ValueError,
        match=f"predictions must have no missing values, got one at {place}; drop such rows",
    ):
        ours.f1_score(table, np.eye(2), average="macro")


SAMPLES: list[tuple[Any, Any, dict[str, Any]]] = [
    (ours.precision, sk.precision_score, {}),
    (ours.recall, sk.recall_score, {}),
    (ours.f1_score, sk.f1_score, {}),
    (ours.fbeta_score, sk.fbeta_score, {"beta": 2.0}),
    (ours.jaccard, sk.jaccard_score, {}),
]


@pytest.mark.parametrize("zero_division", [0.0, 1.0, math.nan])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize(("score", "peer", "options"), SAMPLES)
@pytest.mark.filterwarnings("ignore:Jaccard is ill-defined")
def test_the_mean_over_samples_is_that_of_scikit_learn(
    score: Any, peer: Any, options: Any, weights: Any, zero_division: float
) -> None:
    options = {"average": "samples", "sample_weight": weights, **options}
    if score is not ours.jaccard:  # scikit-learn's has no nan there
        options["zero_division"] = zero_division
    assert pytest.approx(peer(LABELS, PREDICTIONS, **options)) == score(
        PREDICTIONS, LABELS, **options
    )


def test_samples_of_specificity_are_rows() -> None:
    assert 0.625 == ours.specificity(PREDICTIONS, LABELS, average="samples")


def test_without_examples_the_mean_over_samples_is_zero_division() -> None:
    nothing = np.zeros((0, 2))
    assert 1.0 == ours.f1_score(nothing, nothing, average="samples", zero_division=1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ignore": 0}, r"ignore must be None for tables of 0 and 1, got 0"),
        ({"sample_weight": [1]}, "one weight for each example, got 1 weights for 4 examples"),
        ({"zero_division": 2.0}, "zero_division must be 0.0, 1.0 or nan, got 2.0"),
    ],
)
def test_wrong_options_of_the_mean_over_samples_are_refused(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ours.f1_score(PREDICTIONS, LABELS, average="samples", **options)


def test_counts_hold_no_samples_and_say_so(counts: MultilabelCounts) -> None:
    with pytest.raises(ValueError, match="'samples', the mean over rows, which counts do not hold"):
        counts.f1_score(average="samples")  # type: ignore[call-overload]  # what is refused


@pytest.mark.parametrize("weights", [None, [0.5, 2, 3, 4]])
def test_hamming_loss_of_classes_is_that_of_scikit_learn(weights: Any) -> None:
    predictions, labels = ["a", "b", "c", "a"], ["a", "c", "c", "b"]
    expected = sk.hamming_loss(labels, predictions, sample_weight=weights)
    assert pytest.approx(expected) == ours.hamming_loss(predictions, labels, sample_weight=weights)
    assert pytest.approx(expected) == ours.hamming_loss(
        y_true=labels, y_pred=predictions, sample_weight=weights
    )


def test_the_hamming_loss_of_no_examples_is_zero_division() -> None:
    assert math.isnan(ours.hamming_loss([], [], zero_division=math.nan))


@pytest.mark.parametrize("weights", [None, [0.5, 2, 3, 4]])
def test_hamming_loss_is_that_of_scikit_learn(weights: Any) -> None:
    predictions = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0], [0, 0, 0]])
    labels = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 0, 0]])
    expected = sk.hamming_loss(labels, predictions, sample_weight=weights)
    counts = MultilabelCounts.from_indicators(predictions, labels, sample_weight=weights)
    assert pytest.approx(expected) == counts.hamming_loss()
    assert counts.hamming_loss() == ours.hamming_loss(predictions, labels, sample_weight=weights)


@pytest.mark.parametrize("kind", [int, bool, float])
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.table])
def test_columns_of_a_frame_are_read_as_one_block(
    frame: Any, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {name: np.array([1, 0, 1], dtype=kind) for name in "abc"}
    expected = MultilabelCounts.from_indicators(pd.DataFrame(data), pd.DataFrame(data))
    monkeypatch.delattr(nw.DataFrame, "iter_columns")
    assert expected == MultilabelCounts.from_indicators(frame(data), frame(data))

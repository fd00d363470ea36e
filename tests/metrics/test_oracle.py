"""Every score of classes agrees with scikit-learn's."""

from __future__ import annotations

import math
import re
from operator import eq
from typing import Any, Callable, Hashable, NamedTuple

import numpy as np
import pytest
import sklearn
import sklearn.metrics as sk
from hypothesis import assume, given
from hypothesis import strategies as st

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import ConfusionMatrix

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # undefined scores, on both sides

AVERAGED = {
    "precision": sk.precision_score,
    "recall": sk.recall_score,
    "f1_score": sk.f1_score,
    "jaccard": sk.jaccard_score,
}
SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2]))
zero_division_is_settled = pytest.mark.skipif(
    SKLEARN < (1, 6),
    reason="scikit-learn took F1, and its 0 / 0, from the two ratios",
)


class Data(NamedTuple):
    predictions: list[Hashable]
    labels: list[Hashable]
    sample_weight: list[float] | None


KINDS = {
    "ints": [0, 1, 2, 7],
    "negative ints": [-3, 1, 1000],
    "strings": ["a", "b", "c"],
    "bools": [False, True],
}


@st.composite
def data(draw: st.DrawFn, kinds: Any = tuple(KINDS), min_size: int = 1) -> Data:
    names = st.sampled_from(KINDS[draw(st.sampled_from(kinds))])
    n = draw(st.integers(min_size, 30))
    column = st.lists(names, min_size=n, max_size=n)
    weight = st.lists(st.floats(0.125, 8), min_size=n, max_size=n)
    return Data(draw(column), draw(column), draw(st.none() | weight))


def array(values: list[Hashable]) -> Any:
    return np.array(values)


containers: dict[str, Callable[[Any], Any]] = {"list": list, "array": array}
any_container = st.sampled_from(list(containers.values()))


@given(
    data=data(),
    container=any_container,
    average=st.sampled_from([None, "macro", "micro", "weighted"]),
)
@pytest.mark.parametrize("zero_division", [0.0, pytest.param(1.0, marks=zero_division_is_settled)])
def test_averages(container: Any, zero_division: float, data: Data, average: Any) -> None:
    for name, peer in AVERAGED.items():
        expected = peer(
            data.labels,
            data.predictions,
            average=average,
            sample_weight=data.sample_weight,
            zero_division=int(zero_division),
        )
        got = getattr(ours, name)(
            container(data.predictions),
            container(data.labels),
            average=average,
            zero_division=zero_division,
            sample_weight=data.sample_weight,
        )
        if average is None:
            assert sorted({*data.labels, *data.predictions}) == list(got)
            got = list(got.values())
        assert pytest.approx(expected, rel=1e-12, abs=1e-15) == got, name


@zero_division_is_settled
@pytest.mark.parametrize("average", ["macro", "weighted"])
@given(data=data())
def test_classes_that_score_nan_are_left_out_of_means(average: Any, data: Data) -> None:
    for name in ("precision", "recall", "f1_score"):
        expected = AVERAGED[name](
            data.labels,
            data.predictions,
            average=average,
            sample_weight=data.sample_weight,
            zero_division=np.nan,
        )
        got = getattr(ours, name)(
            data.predictions,
            data.labels,
            average=average,
            zero_division=math.nan,
            sample_weight=data.sample_weight,
        )
        assert pytest.approx(expected, rel=1e-12, nan_ok=True) == got, name


@given(data=data(kinds=("bools",)))
def test_positive_class(data: Data) -> None:
    for name, peer in AVERAGED.items():
        expected = peer(
            data.labels, data.predictions, sample_weight=data.sample_weight, zero_division=0
        )
        got = getattr(ours, name)(data.predictions, data.labels, sample_weight=data.sample_weight)
        assert pytest.approx(expected, rel=1e-12) == got, name


@given(data=data(), beta=st.sampled_from([0.0, 0.5, 1.0, 2.0, 10.0]))
def test_fbeta(data: Data, beta: float) -> None:
    expected = sk.fbeta_score(
        data.labels,
        data.predictions,
        beta=beta,
        average="macro",
        sample_weight=data.sample_weight,
        zero_division=0,
    )
    got = ours.fbeta_score(
        data.predictions,
        data.labels,
        beta=beta,
        average="macro",
        sample_weight=data.sample_weight,
    )
    assert pytest.approx(expected, rel=1e-12, abs=1e-15) == got


@given(data=data())
def test_specificity_is_recall_of_all_other_classes(data: Data) -> None:
    positive = data.labels[0]
    expected = sk.recall_score(
        [label != positive for label in data.labels],
        [prediction != positive for prediction in data.predictions],
        sample_weight=data.sample_weight,
        zero_division=0,
    )
    got = ours.specificity(
        data.predictions, data.labels, positive, sample_weight=data.sample_weight
    )
    assert pytest.approx(expected, rel=1e-12) == got


@given(data=data(), container=any_container)
def test_confusion_matrix(container: Any, data: Data) -> None:
    expected = sk.confusion_matrix(data.labels, data.predictions, sample_weight=data.sample_weight)
    got = ConfusionMatrix.from_predictions(
        container(data.predictions), container(data.labels), sample_weight=data.sample_weight
    )
    np.testing.assert_allclose(got.counts, expected, rtol=1e-12)


@given(data=data(), container=any_container)
def test_accuracy(container: Any, data: Data) -> None:
    expected = sk.accuracy_score(data.labels, data.predictions, sample_weight=data.sample_weight)
    got = ours.accuracy(
        container(data.predictions), container(data.labels), sample_weight=data.sample_weight
    )
    assert pytest.approx(expected, rel=1e-12) == got


@given(data=data(), adjusted=st.booleans())
def test_balanced_accuracy(data: Data, adjusted: bool) -> None:
    if adjusted and len(set(data.labels)) == 1:
        return  # 0 / 0: ours is zero_division, scikit-learn's is nan
    expected = sk.balanced_accuracy_score(
        data.labels, data.predictions, sample_weight=data.sample_weight, adjusted=adjusted
    )
    got = ours.balanced_accuracy(
        data.predictions, data.labels, adjusted=adjusted, sample_weight=data.sample_weight
    )
    assert pytest.approx(expected, rel=1e-12, abs=1e-15) == got


@given(data=data())
def test_matthews_corrcoef(data: Data) -> None:
    expected = sk.matthews_corrcoef(data.labels, data.predictions, sample_weight=data.sample_weight)
    got = ours.matthews_corrcoef(data.predictions, data.labels, sample_weight=data.sample_weight)
    assert pytest.approx(expected, rel=1e-9, abs=1e-7) == got


@given(data=data(), weights=st.sampled_from([None, "linear", "quadratic"]))
def test_cohen_kappa(data: Data, weights: Any) -> None:
    if len({*data.labels, *data.predictions}) == 1:
        return  # 0 / 0: ours is zero_division, scikit-learn's is nan
    expected = sk.cohen_kappa_score(
        data.predictions, data.labels, weights=weights, sample_weight=data.sample_weight
    )
    got = ours.cohen_kappa(
        data.predictions, data.labels, weights=weights, sample_weight=data.sample_weight
    )
    assert pytest.approx(expected, rel=1e-9, abs=1e-12) == got


@given(data=data(kinds=("strings", "negative ints"), min_size=2))
def test_report_is_the_same_text_and_dict(data: Data) -> None:
    # Where nothing is right scikit-learn 1.9 prints supports as floats.
    assume(any(map(eq, data.predictions, data.labels)))
    expected = sk.classification_report(data.labels, data.predictions, zero_division=0)
    text = str(ours.classification_report(data.predictions, data.labels))
    score = re.compile(r"[01]\.\d\d")
    assert score.sub("0.00", expected) == score.sub("0.00", text)
    # A last bit decides how halves of a hundredth are rounded.
    pairs = zip(score.findall(expected), score.findall(text))
    assert all(abs(float(theirs) - float(mine)) < 0.0101 for theirs, mine in pairs)
    report = ours.classification_report(
        data.predictions, data.labels, sample_weight=data.sample_weight
    )
    as_dict = sk.classification_report(
        data.labels,
        data.predictions,
        sample_weight=data.sample_weight,
        zero_division=0,
        output_dict=True,
    )
    assert as_dict.keys() == report.to_dict().keys()
    for name, row in as_dict.items():
        assert pytest.approx(row, rel=1e-12) == report.to_dict()[name]


@st.composite
def indicators(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    n, k = draw(st.integers(1, 12)), draw(st.integers(2, 4))
    table = st.lists(st.lists(st.booleans(), min_size=k, max_size=k), min_size=n, max_size=n)
    weight = st.none() | st.lists(st.floats(0.125, 8), min_size=n, max_size=n)
    return np.array(draw(table)), np.array(draw(table)), draw(weight)


@given(
    data=indicators(),
    dtype=st.sampled_from([bool, int, float]),
    average=st.sampled_from([None, "macro", "micro", "weighted"]),
)
def test_multilabel(dtype: Any, data: Any, average: Any) -> None:
    predictions, labels, weight = data
    for name, peer in AVERAGED.items():
        expected = peer(labels, predictions, average=average, sample_weight=weight, zero_division=0)
        got = getattr(ours, name)(
            predictions.astype(dtype), labels.astype(dtype), average=average, sample_weight=weight
        )
        if average is None:
            got = list(got.values())
        assert pytest.approx(expected, rel=1e-12, abs=1e-15) == got, name


@given(data=indicators())
def test_multilabel_accuracy_and_report(data: Any) -> None:
    predictions, labels, weight = data
    expected = sk.accuracy_score(labels, predictions, sample_weight=weight)
    assert pytest.approx(expected) == ours.accuracy(predictions, labels, sample_weight=weight)
    report = sk.classification_report(labels, predictions, zero_division=0, output_dict=True)
    del report["samples avg"]
    got = ours.classification_report(predictions, labels).to_dict()
    assert report.keys() == got.keys()
    for key, row in report.items():
        assert pytest.approx(row, rel=1e-12) == got[key]

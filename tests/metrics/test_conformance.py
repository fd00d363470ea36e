"""scikit-learn's common tests of metrics, from its installed package, pointed at ours.

The tests are scikit-learn's own file; only the metrics that it imports are replaced, and what
it says about metrics we do not have is left out. Where ours differ on purpose the test is
expected to fail, strictly: `DIFFERENCES` says which and why.
"""

from __future__ import annotations

import functools
import importlib.util
import re
from collections import Counter
from itertools import product
from typing import Any, Callable, Iterator, NamedTuple
from unittest import mock

import numpy as np
import pytest
import sklearn
import sklearn.metrics

import ml_infra_utils.metrics as ours
from ml_infra_utils.metrics import ConfusionMatrix

SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2]))

if SKLEARN < (1, 8):
    pytest.skip("the adapter speaks to scikit-learn 1.8 and newer", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs and ours, of undefined scores


# Errors are the same in other words; the tests look for scikit-learn's.
WORDS = {
    r"^predictions\[.*got nan": "Input y_pred contains NaN",
    r"^predictions\[.*got inf": "Input y_pred contains infinity or a value too large",
    r"^labels\[.*got nan": "Input y_true contains NaN",
    r"^labels\[.*got inf": "Input y_true contains infinity or a value too large",
    r"must be a class, got [\d.]+": (
        "Classification metrics can't handle a mix of binary and continuous targets"
    ),
    r"^sample_weight must hold finite numbers, got inf": "Input sample_weight contains infinity",
    r"^sample_weight must hold finite numbers, got nan": "Input sample_weight contains NaN",
    r"finite numbers, got nan": "Input contains NaN",
    r"finite numbers, got inf": "Input contains infinity",
    r"\(complex\)": "Complex data not supported",
    r"^sample_weight must be one-dim": "Sample weights must be 1D array or scalar",
    r"which is hashable": "a legacy multi-label data representation",
}
WEIGHTS = re.compile(r"one weight for each example, got (\d+) weights for (\d+) examples")


def in_their_words(metric: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(metric)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return metric(*args, **kwargs)
        except (TypeError, ValueError) as error:
            theirs = [theirs for ours, theirs in WORDS.items() if re.search(ours, str(error))]
            weights = WEIGHTS.search(str(error))
            if weights:
                w, n = weights.groups()
                theirs = [
                    f"Found input variables with inconsistent numbers of samples: [{n}, {n}, {w}]"
                ]
            raise (ValueError(theirs[0]) if theirs else error) from error

    return wrapper


def check_labels(labels: Any, y_true: Any, y_pred: Any) -> None:
    """Accept the classes that occur, which ours find by themselves."""
    if labels is not None and {*labels} != {*y_true, *y_pred}:
        raise NotImplementedError("a subset of the classes")


def averaged(score: Callable[..., Any], **fixed: Any) -> Callable[..., Any]:
    def metric(
        y_true: Any,
        y_pred: Any,
        *,
        labels: Any = None,
        pos_label: Any = 1,
        average: Any = "binary",
        sample_weight: Any = None,
        zero_division: Any = 0.0,
        **options: Any,
    ) -> Any:
        got = score(
            y_pred,
            y_true,
            pos_label,
            average=average,
            only=None if average == "binary" else labels,
            zero_division=float(zero_division),
            sample_weight=sample_weight,
            **fixed,
            **options,
        )
        return np.array(list(got.values())) if average is None else got

    return metric


def plain(score: Callable[..., Any], **renamed: str) -> Callable[..., Any]:
    def metric(
        y_true: Any, y_pred: Any, *, labels: Any = None, sample_weight: Any = None, **options: Any
    ) -> Any:
        check_labels(labels, y_true, y_pred)
        named = {renamed.get(name, name): value for name, value in options.items()}
        return score(y_pred, y_true, sample_weight=sample_weight, **named)

    return metric


def accuracy_score(
    y_true: Any, y_pred: Any, *, normalize: bool = True, sample_weight: Any = None
) -> float:
    score = ours.accuracy(y_pred, y_true, sample_weight=sample_weight)
    total = len(y_true) if sample_weight is None else np.sum(sample_weight)
    return score if normalize else score * total


def confusion_matrix(
    y_true: Any, y_pred: Any, *, labels: Any = None, sample_weight: Any = None
) -> Any:
    matrix = ConfusionMatrix.from_predictions(
        y_pred, y_true, classes=labels, sample_weight=sample_weight
    )
    return np.array(matrix.counts)


def positive(score: Callable[..., Any]) -> Callable[..., Any]:
    def metric(y_true: Any, y_pred: Any, *, pos_label: Any = 1, sample_weight: Any = None) -> Any:
        return score(y_pred, y_true, pos_label, sample_weight=sample_weight)

    return metric


def area(score: Callable[..., Any]) -> Callable[..., Any]:
    def metric(
        y_true: Any,
        y_score: Any,
        *,
        average: Any = "macro",
        pos_label: Any = 1,
        labels: Any = None,
        multi_class: str = "raise",
        **options: Any,
    ) -> Any:
        if np.ndim(y_score) == 1:
            return score(y_score, y_true, pos_label, **options)
        if multi_class != "raise":
            options["multi_class"] = multi_class
        got = score(y_score, y_true, average=average, classes=labels, **options)
        return np.array(list(got.values())) if average is None else got

    return metric


def roc_curve(y_true: Any, y_score: Any, *, pos_label: Any = 1, sample_weight: Any = None) -> Any:
    curve = ours.roc_curve(y_score, y_true, pos_label, sample_weight=sample_weight)
    return tuple(map(np.array, (curve[1], curve[2], curve[0])))


def precision_recall_curve(
    y_true: Any, y_score: Any, *, pos_label: Any = 1, sample_weight: Any = None
) -> Any:
    curve = ours.precision_recall_curve(y_score, y_true, pos_label, sample_weight=sample_weight)
    precision, recall = [*curve.precision[::-1], 1.0], [*curve.recall[::-1], 0.0]
    return np.array(precision), np.array(recall), np.array(curve.thresholds[::-1])


def r2_score(y_true: Any, y_pred: Any, *, sample_weight: Any = None, **_: Any) -> float:
    return ours.r2_score(y_pred, y_true, sample_weight=sample_weight)


ADAPTERS: dict[str, Callable[..., Any]] = {
    "accuracy_score": accuracy_score,
    "balanced_accuracy_score": plain(ours.balanced_accuracy),
    "confusion_matrix": confusion_matrix,
    "precision_score": averaged(ours.precision),
    "recall_score": averaged(ours.recall),
    "f1_score": averaged(ours.f1_score),
    "fbeta_score": averaged(ours.fbeta_score),
    "jaccard_score": averaged(ours.jaccard),
    "classification_report": plain(ours.classification_report),
    "matthews_corrcoef": plain(ours.matthews_corrcoef),
    "cohen_kappa_score": plain(ours.cohen_kappa),
    "roc_auc_score": area(ours.roc_auc),
    "average_precision_score": area(ours.average_precision),
    "brier_score_loss": positive(ours.brier_score),
    "log_loss": plain(ours.log_loss),
    "top_k_accuracy_score": plain(ours.top_k_accuracy),
    "roc_curve": roc_curve,
    "precision_recall_curve": precision_recall_curve,
    "mean_absolute_error": plain(ours.mean_absolute_error),
    "mean_squared_error": plain(ours.mean_squared_error),
    "root_mean_squared_error": plain(ours.root_mean_squared_error),
    "r2_score": r2_score,
    "mean_absolute_percentage_error": plain(ours.mean_absolute_percentage_error),
    "median_absolute_error": plain(ours.median_absolute_error),
    "mean_pinball_loss": plain(ours.mean_pinball_loss),
    "max_error": plain(ours.max_error),
}


ADAPTERS = {name: in_their_words(metric) for name, metric in ADAPTERS.items()}

# Variants of scikit-learn's names that ours do not have.
ABSENT = re.compile("partial_roc_auc|unnormalized_log_loss")
# They run through scikit-learn's own dispatch; test_containers and engines speak for ours.
LEFT_OUT = re.compile("test_.*array_api")

NOT_RAISED = pytest.fail.Exception  # what pytest.raises says


class Difference(NamedTuple):
    """Why cases are expected to fail: how many with scikit-learn 1.9, how, and which."""

    cases: int
    raises: tuple[type[BaseException], ...]
    patterns: tuple[str, ...]  # of test[metric]


# docs/metrics.md says the same.
DIFFERENCES = {
    "average='samples' of one class an example is refused": Difference(
        20,
        (AssertionError, ValueError),
        (
            r"consistent_type_error\[samples",
            r"(multiclass_sample_weight|metric_permutation)_invariance\[samples_average",
        ),
    ),
    "classes may be any hashable values, strings beside integers too": Difference(
        96, (NOT_RAISED,), (r"consistent_type_error\[",)
    ),
    "an array of one column is refused: ravel() it": Difference(
        45, (ValueError,), (r"format_invariance_with_1d_vectors\[",)
    ),
    "no examples score zero_division (0.0 by default), or nan": Difference(
        39, (NOT_RAISED, AssertionError), (r"raise_on_empty_input\[",)
    ),
    "tuples are classes like other hashable values": Difference(
        20, (NOT_RAISED,), (r"multilabel_sequences\[(?!samples)",)
    ),
    "a positive class that never occurs is a warning, not an error": Difference(
        18, (NOT_RAISED, AssertionError), (r"pos_label_error_str\[",)
    ),
    "log_loss of a table is of one class an example": Difference(
        3,
        (ValueError, TypeError),
        (r"multilabel.*\[log_loss", r"order_invariance_multilabel_and_multi"),
    ),
    "top_k_accuracy needs a column for each class, also of two": Difference(
        8,
        (ValueError, AssertionError),
        (r"(binary_sample_weight|order_invariance|returned_value|continuous_inf).*\[top_k",),
    ),
    "no sums in place of means": Difference(
        4, (TypeError,), (r"normalize_option.*\[(log_loss|top_k)",)
    ),
    "positive_class is 1 unless it is said": Difference(
        10, (ValueError, AssertionError), (r"string_vs_numbers.*\[(\w*roc_auc|log_loss|top_k)",)
    ),
    "no sparse matrices, nor lists of lists, of indicators": Difference(
        2, (ValueError, TypeError), (r"representation_invariance\[",)
    ),
}


def expected_failure(test: str, metric: str) -> list[pytest.MarkDecorator]:
    for reason, difference in DIFFERENCES.items():
        if any(re.search(pattern, f"{test}[{metric}]") for pattern in difference.patterns):
            return [pytest.mark.xfail(reason=reason, raises=difference.raises, strict=True)]
    return []


def load() -> Any:
    """Run scikit-learn's test file with our metrics in place of its own."""
    spec = importlib.util.find_spec("sklearn.metrics.tests.test_common")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with mock.patch.multiple(sklearn.metrics, **ADAPTERS):
        spec.loader.exec_module(module)
    return module


def is_ours(metric: Any) -> bool:
    while isinstance(metric, functools.partial):
        metric = metric.func
    return metric in ADAPTERS.values() or metric.__name__ == "<lambda>"


def keep_ours(module: Any) -> dict[str, Any]:
    """Take all metrics but ours out of the module's tables, and return ours."""
    everything = dict(module.ALL_METRICS)
    kept = {
        name: metric
        for name, metric in everything.items()
        if is_ours(metric) and not ABSENT.search(name)
    }
    for variable, table in vars(module).items():
        if variable.isupper() and isinstance(table, (dict, set, list)):
            for name in [name for name in table if name in everything and name not in kept]:
                table.pop(name) if isinstance(table, dict) else table.remove(name)
    return kept


def cases_of(test: Any, everything: dict[str, Any], kept: dict[str, Any]) -> list[Any] | None:
    """Return the test's parametrize marks for our metrics; None if there is no such case."""
    marks = []
    for mark in getattr(test, "pytestmark", []):
        if mark.name != "parametrize":
            continue
        names, values = mark.args
        cases = []
        for value in values:
            parts = value if isinstance(value, tuple) else (value,)
            known = [name_of(part, everything) for part in parts]
            if all(name is None or name in kept for name in known):
                metric = next((name for name in known if name is not None), "")
                cases.append(pytest.param(*parts, marks=expected_failure(test.__name__, metric)))
        if not cases:
            return None
        marks.append(pytest.mark.parametrize(names, cases))
    return marks


def name_of(value: Any, everything: dict[str, Any]) -> str | None:
    if isinstance(value, str):
        return value if value in everything else None
    return next((name for name, metric in everything.items() if metric is value), None)


def collect() -> dict[str, Any]:
    module = load()
    everything = dict(module.ALL_METRICS)
    kept = keep_ours(module)
    tests = {}
    for name, test in vars(module).items():
        if not name.startswith("test_") or LEFT_OUT.match(name):
            continue
        marks = cases_of(test, everything, kept)
        if marks is None:
            continue
        marks += [] if marks else expected_failure(name, "")
        test.pytestmark = []
        for mark in marks:
            test = mark(test)
        tests[name] = test
    return tests


TESTS = collect()
globals().update(TESTS)


def reasons_of(test: Any) -> Iterator[str]:
    """Find why each case of a test is expected to fail, if it is."""
    whole = [mark for mark in test.pytestmark if mark.name == "xfail"]
    cases = [mark.args[1] for mark in test.pytestmark if mark.name == "parametrize"]
    for case in product(*cases):
        marks = [*whole, *(mark for parameter in case for mark in parameter.marks)]
        yield from [mark.kwargs["reason"] for mark in marks][:1]


@pytest.mark.skipif(SKLEARN != (1, 9), reason="the guide counts the cases of scikit-learn 1.9")
def test_as_many_cases_differ_as_the_guide_says() -> None:
    counts = Counter(reason for test in TESTS.values() for reason in reasons_of(test))
    assert {reason: difference.cases for reason, difference in DIFFERENCES.items()} == counts

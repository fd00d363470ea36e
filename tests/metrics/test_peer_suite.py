"""scikit-learn's own tests of classification, ranking and regression, pointed at ours.

As in `test_conformance`, the tests are the files of the installed scikit-learn, and only the
metrics that they import are replaced. A test runs here if all metrics that it names are among
ours: those of metrics that we do not have are left out.
"""

from __future__ import annotations

import importlib.util
import re
from typing import Any, Iterator
from unittest import mock

import pytest
import sklearn.metrics

if not sklearn.__version__.startswith("1.9."):
    pytest.skip("expected failures are those of scikit-learn 1.9", allow_module_level=True)

import ml_infra_utils.metrics as ours
from tests.metrics.test_conformance import (  # that module is skipped beside older ones, too
    ADAPTERS,
    LEFT_OUT,
    in_their_words,
    plain,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs and ours, of undefined scores

FILES = ("classification", "ranking", "regression")


def ndcg_score(y_true: Any, y_score: Any, *, k: Any = None, sample_weight: Any = None) -> float:
    return ours.ndcg_score(y_score, y_true, k=k, sample_weight=sample_weight)


METRICS = {
    **ADAPTERS,
    "hamming_loss": in_their_words(plain(ours.hamming_loss)),
    "ndcg_score": in_their_words(ndcg_score),
}


def load(name: str) -> Any:
    """Run one of scikit-learn's test files with our metrics in place of its own."""
    spec = importlib.util.find_spec(f"sklearn.metrics.tests.test_{name}")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with mock.patch.multiple(sklearn.metrics, **METRICS):
        spec.loader.exec_module(module)
    return module


def is_theirs(value: Any) -> bool:
    """Say whether a value is a function of scikit-learn's metrics."""
    module = getattr(value, "__module__", "") or ""
    return module.startswith("sklearn.metrics._") and callable(value)


def named_by_ours(module: Any) -> Iterator[tuple[str, Any]]:
    """Yield the tests that name ours, and no other metric."""
    replaced = {name for name in METRICS if vars(module).get(name) is METRICS[name]}
    theirs = {name for name, value in vars(module).items() if is_theirs(value)}
    for name, test in vars(module).items():
        if name.startswith("test_") and not LEFT_OUT.match(name):
            used = set(test.__code__.co_names)
            if used & replaced and not used & theirs:
                yield name, test


# What scikit-learn's errors, warnings and reports say, word for word, is left out by choice.
WORDS = re.compile("error|warning|raise|report|deprecat|validation|pos_label|invalid")

# All cases of these must fail, for these reasons; docs/metrics.md says how many.
DIFFERENCES = {
    "a warning of scikit-learn's own class is expected": (
        "classification_average_binary_jaccard_score",
        "classification_average_precision_score_non_binary_class",
        "classification_balanced_accuracy_score_unseen",
        "classification_confusion_matrix_single_label",
        "ranking_auc_score_non_binary_class",
        "ranking_roc_curve_one_label",
        "ranking_roc_curve_toydata",
    ),
    "curves keep all points: no drop_intermediate=": (
        "ranking_precision_recall_curve",
        "ranking_precision_recall_curve_drop_intermediate",
        "ranking_precision_recall_curve_toydata",
        "ranking_roc_curve_drop_intermediate",
        "ranking_roc_curve_end_points",
    ),
    "ties share their discounts: no ignore_ties=": (
        "ranking_ndcg_ignore_ties_with_k",
        "ranking_ndcg_invariant",
    ),
    "a matrix has normalized(), not normalize=, and integers of Python": (
        "classification_confusion_matrix_dtype",
        "classification_confusion_matrix_normalize",
        "classification_confusion_matrix_normalize_single_class",
    ),
    "no partial areas": ("ranking_partial_roc_auc_score",),
    "pairs of classes have a mean, not one area for each": (
        "ranking_multiclass_ovo_roc_auc_toydata",
    ),
    "classes= names all classes that occur; 'samples' takes no only=": (
        "classification_cohen_kappa",
        "classification_confusion_matrix_multiclass_subset_labels",
        "classification_multilabel_jaccard_score",
    ),
    "labels= is classes=, which this adapter does not give": (
        "classification_brier_score_loss_multiclass",
        "classification_log_loss",
        "ranking_top_k_accuracy_score_multiclass_with_labels",
    ),
    "top_k_accuracy needs a column for each class, also of two": (
        "ranking_top_k_accuracy_score_binary",
    ),
    "positive_class is 1 unless it is said, among several classes with a warning": (
        "classification_brier_score_loss_binary",
        "classification_prf_average_binary_data_non_binary",
    ),
    "an array of one column is refused: ravel() it": ("classification_matthews_corrcoef",),
    "a mock of a data frame is none": ("classification_log_loss_pandas_input",),
}
REASONS = {name: reason for reason, names in DIFFERENCES.items() for name in names}


@pytest.fixture
def global_random_seed() -> int:
    return 42  # scikit-learn's default


for file in FILES:
    for test_name, peer_test in named_by_ours(load(file)):
        short = f"{file}_{test_name[5:]}"
        if not WORDS.search(short):
            if short in REASONS:
                peer_test = pytest.mark.xfail(reason=REASONS[short], strict=True)(peer_test)
            globals()[f"test_{short}"] = peer_test

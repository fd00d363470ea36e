"""Scores of classes against scikit-learn, torchmetrics and the textbook loop.

Every candidate gets the same predictions and labels, and does all its work in the timed call:
checks, finding the classes, counting. Classes are ten unless a job says otherwise.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import sklearn.metrics as sk
import torch
from torchmetrics.functional.classification import (
    multiclass_accuracy,
    multiclass_confusion_matrix,
)

from benchmarks.harness import OURS, Row, destination, race, report
from ml_infra_utils.metrics import ConfusionMatrix, accuracy, f1_score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Candidates = dict[str, Callable[[], object]]

CLASSES = 10


def textbook_accuracy(predictions: list[Any], labels: list[Any]) -> float:
    correct = sum(p == label for p, label in zip(predictions, labels))
    return correct / len(predictions)


def textbook_f1(predictions: list[Any], labels: list[Any]) -> float:
    pairs = list(zip(predictions, labels))
    hits = sum(1 for p, label in pairs if p == 1 and label == 1)
    wrong = sum(1 for p, label in pairs if p == 1 and label != 1)
    missed = sum(1 for p, label in pairs if p != 1 and label == 1)
    return 2 * hits / (2 * hits + wrong + missed)


def textbook_confusion(predictions: list[Any], labels: list[Any]) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for pair in zip(labels, predictions):
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def matrix(predictions: Any, labels: Any) -> object:
    counted = ConfusionMatrix.from_predictions(predictions, labels)
    return counted, counted.classes


def of_lists(n: int, classes: list[Any], name: str) -> Iterator[Row]:
    generator = np.random.default_rng(n)
    predictions, labels = (
        [classes[i] for i in generator.integers(0, len(classes), n)] for _ in range(2)
    )
    # Up to a thousand items the bar is 50 times scikit-learn, beyond 8 times and twice the loop.
    bars = {"scikit-learn": 50.0} if n <= 1000 else {"scikit-learn": 8.0, "textbook": 2.0}
    jobs: dict[str, Candidates] = {
        "accuracy": {
            OURS: lambda: accuracy(predictions, labels),
            "scikit-learn": lambda: sk.accuracy_score(labels, predictions),
            "textbook": lambda: textbook_accuracy(predictions, labels),
        },
        "confusion": {
            OURS: lambda: matrix(predictions, labels),
            "scikit-learn": lambda: sk.confusion_matrix(labels, predictions),
            "textbook": lambda: textbook_confusion(predictions, labels),
        },
        "macro F1": {
            OURS: lambda: f1_score(predictions, labels, average="macro"),
            "scikit-learn": lambda: sk.f1_score(labels, predictions, average="macro"),
        },
    }
    for job, candidates in jobs.items():
        met = {peer: bar for peer, bar in bars.items() if peer in candidates}
        yield Row(f"{job}, {n:,} {name} in lists", race(candidates, rounds=rounds(n)), met)


def of_binary_lists(n: int) -> Iterator[Row]:
    generator = np.random.default_rng(n)
    predictions, labels = (generator.integers(0, 2, n).tolist() for _ in range(2))
    jobs: dict[str, Candidates] = {
        "accuracy": {
            OURS: lambda: accuracy(predictions, labels),
            "scikit-learn": lambda: sk.accuracy_score(labels, predictions),
            "textbook": lambda: textbook_accuracy(predictions, labels),
        },
        "F1": {
            OURS: lambda: f1_score(predictions, labels),
            "scikit-learn": lambda: sk.f1_score(labels, predictions),
            "textbook": lambda: textbook_f1(predictions, labels),
        },
    }
    bars = {"scikit-learn": 50.0, "textbook": 1.0}
    for job, candidates in jobs.items():
        yield Row(f"{job}, {n:,} 0 or 1 in lists", race(candidates), bars)


def of_arrays(n: int, dtype: str) -> Iterator[Row]:
    generator = np.random.default_rng(n)
    predictions, labels = (generator.integers(0, CLASSES, n).astype(dtype) for _ in range(2))
    p, y = torch.from_numpy(predictions), torch.from_numpy(labels)
    bars = {"scikit-learn": 50.0 if n <= 1000 else 15.0}
    jobs: dict[str, Candidates] = {
        "accuracy": {
            OURS: lambda: accuracy(predictions, labels),
            "scikit-learn": lambda: sk.accuracy_score(labels, predictions),
            "torchmetrics": lambda: multiclass_accuracy(p, y, num_classes=CLASSES, average="micro"),
        },
        "confusion": {
            OURS: lambda: matrix(predictions, labels),
            "scikit-learn": lambda: sk.confusion_matrix(labels, predictions),
            "torchmetrics": lambda: multiclass_confusion_matrix(p, y, num_classes=CLASSES),
        },
    }
    for job, candidates in jobs.items():
        yield Row(f"{job}, {n:,} {dtype} in arrays", race(candidates, rounds=rounds(n)), bars)


def rounds(n: int) -> int:
    return 5 if n >= 1_000_000 else 15


def main() -> None:
    into = destination("metrics")
    warnings.simplefilter("ignore")
    rows: list[Row] = []
    integers = list(range(CLASSES))
    words = [f"class {i}" for i in integers]
    for n in (100, 1_000, 10_000, 1_000_000):
        rows += of_lists(n, integers, "integers")
    for n in (100, 1_000, 10_000):
        rows += of_lists(n, words, "strings")
    for n in (10, 100, 1_000):
        rows += of_binary_lists(n)
    for n, dtype in ((1_000, "int64"), (10_000_000, "int64"), (10_000_000, "int8")):
        rows += of_arrays(n, dtype)
    report("Scores of classes", rows, into=into)


if __name__ == "__main__":
    main()

"""Tell malignant from benign tumours: check, clip, scale, classify and score real data.

Each step is timed and logged. Run it where ml-infra-utils is installed.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

from ml_infra_utils import (
    StructuredLogger,
    accuracy,
    f1_score,
    precision,
    recall,
    retry,
    standardize,
    timer,
)
from ml_infra_utils.logging import log_ml_event
from ml_infra_utils.preprocessing import (
    check_data_types,
    check_missing_values,
    clip_outliers,
    validate_range,
)

DATA = Path(__file__).parent / "data" / "breast_cancer.csv"
POSITIVE = "malignant"

logger = StructuredLogger("breast_cancer")


class Storage:
    """A file store that loses its first two connections, as a busy one does."""

    def __init__(self) -> None:
        self.losses = 2

    @retry(max_attempts=4, delay=0.05, exceptions=(ConnectionError,))
    def read(self, path: Path) -> str:
        if self.losses:
            self.losses -= 1
            raise ConnectionError("connection reset by peer")
        return path.read_text(encoding="utf-8")


@timer
def load(storage: Storage) -> tuple[dict[str, list[float]], list[str]]:
    rows = list(csv.DictReader(storage.read(DATA).splitlines()))
    diagnoses = [row.pop("diagnosis") for row in rows]
    columns = {name: [float(row[name]) for row in rows] for name in rows[0]}
    return columns, diagnoses


@timer
def validate(columns: dict[str, list[float]]) -> None:
    for name, column in columns.items():
        problems = {
            "missing values": check_missing_values(column),
            "not all floats": not check_data_types(column, float),
            "negative or too large": not validate_range(column, 0, 5000),
        }
        if any(problems.values()):
            raise ValueError(
                f"column {name}: {[what for what, found in problems.items() if found]}"
            )


@timer
def prepare(columns: dict[str, list[float]]) -> list[tuple[float, ...]]:
    """Clip and scale each column as a whole; no diagnosis is looked at."""
    scaled = [standardize(clip_outliers(column, 1, 99)) for column in columns.values()]
    return list(zip(*scaled))


@timer
def fit(rows: list[tuple[float, ...]], labels: list[str]) -> dict[str, list[float]]:
    """Return the centroid of each class."""
    members = {
        label: [r for r, given in zip(rows, labels) if given == label] for label in set(labels)
    }
    return {label: [math.fsum(c) / len(c) for c in zip(*group)] for label, group in members.items()}


@timer
def predict(centroids: dict[str, list[float]], rows: list[tuple[float, ...]]) -> list[str]:
    return [min(centroids, key=lambda label: math.dist(row, centroids[label])) for row in rows]


def main() -> None:
    columns, diagnoses = load(Storage())
    logger.info("data loaded", rows=len(diagnoses), columns=len(columns))

    validate(columns)
    logger.info("data validated", columns=len(columns))

    rows = prepare(columns)
    held_out = slice(2, None, 3)
    training = [index for index in range(len(rows)) if index % 3 != 2]
    log_ml_event(logger, "training_started", "nearest_centroid", rows=len(training))
    centroids = fit([rows[i] for i in training], [diagnoses[i] for i in training])

    predictions, labels = predict(centroids, rows[held_out]), diagnoses[held_out]
    scores = {
        "accuracy": accuracy(predictions, labels),
        "precision": precision(predictions, labels, positive_class=POSITIVE),
        "recall": recall(predictions, labels, positive_class=POSITIVE),
        "f1_score": f1_score(predictions, labels, positive_class=POSITIVE),
    }
    log_ml_event(
        logger, "evaluation_completed", "nearest_centroid", metrics=scores, rows=len(labels)
    )


if __name__ == "__main__":
    main()

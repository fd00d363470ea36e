"""Train a classifier on real data, log the run to a durable file, and read the file back.

Logistic regression by gradient descent, with two learning rates: the second one is too large, its
loss leaves the numbers, and the log says so. Run it with ml-infra-logging installed:
``python examples/logging_training_run.py [run.jsonl]``
"""

from __future__ import annotations

import csv
import logging
import math
import statistics
import sys
import tempfile
from pathlib import Path

from ml_infra_utils.logging import (
    BoundedQueueHandler,
    DurableFileHandler,
    StructuredLogger,
    bound,
    configure,
    data_validated,
    read_events,
    training_run,
)

DATA = Path(__file__).parent / "data" / "breast_cancer.csv"
EPOCHS = 15

logger = StructuredLogger("example.training")


class DivergedError(Exception):
    """The loss is no number any more."""


def load() -> tuple[list[list[float]], list[int]]:
    with DATA.open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    labels = [int(row.pop("diagnosis") == "malignant") for row in table]
    columns = [[float(row[name]) for row in table] for name in table[0]]
    means, deviations = map(statistics.mean, columns), map(statistics.stdev, columns)
    scaled = [[(x - m) / s for x in column] for column, m, s in zip(columns, means, deviations)]
    valid = all(math.isfinite(x) for column in scaled for x in column)
    data_validated(logger, "logistic", DATA.name, valid=valid, rows=len(table))
    return [list(row) for row in zip(*scaled)], labels


def train(rows: list[list[float]], labels: list[int], rate: float) -> list[float]:
    weights = [0.0] * len(rows[0])
    with training_run(logger, "logistic", rate=rate, epochs=EPOCHS) as run:
        for epoch in range(1, EPOCHS + 1):
            loss = correct = 0.0
            for row, label in zip(rows, labels):
                score = math.fsum(w * x for w, x in zip(weights, row))
                guess = 1 / (1 + math.exp(-max(-700.0, min(700.0, score))))
                likelihood = guess if label else 1 - guess
                loss += -math.log(likelihood) if likelihood > 0 else math.inf
                correct += (guess > 0.5) == label
                weights = [w + rate * (label - guess) * x for w, x in zip(weights, row)]
            run.epoch_completed(epoch, {"loss": loss / len(rows), "accuracy": correct / len(rows)})
            if not math.isfinite(loss):
                raise DivergedError(f"no loss in epoch {epoch} with rate {rate}")
    return weights


def main(path: Path) -> None:
    handler = BoundedQueueHandler(DurableFileHandler(path, max_bytes=50_000_000, fsync=1.0))
    configure(level="info", output=handler)
    with bound(job="nightly", api_key="k3y"):  # the key does not come into the file
        rows, labels = load()
        train(rows, labels, rate=0.01)
        try:
            train(rows, labels, rate=1_000.0)
        except DivergedError as error:
            logging.getLogger("example").warning("too fast: %s", error)
    handler.close()

    events = read_events(path)
    for event in events:
        if event.event_type == "training_completed":
            outcome, metrics = event.context["outcome"], event.metrics
            print(f"{event.fields['run_id']} {outcome}: loss {metrics['loss']:.3g}")
    print(f"{events.lines} lines, missing: {events.gaps}, torn: {events.torn}")
    (warning,) = read_events(path, level="warning", where=lambda event: event.event_type is None)
    print(f"{warning.module}:{warning.line} {warning.message} {dict(warning.fields)}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "run.jsonl")

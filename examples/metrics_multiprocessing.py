"""Score a data set in worker processes: each sends its counts, the parent adds them up.

    python examples/metrics_multiprocessing.py

What travels is a plain dict of a few numbers, whatever the size of the data; the same lines
serve torch.distributed's `all_gather_object`, Ray's tasks and Spark's `mapPartitions`.
"""

from __future__ import annotations

import random
from multiprocessing import get_context

from ml_infra_utils.metrics import ClassificationMeter, ConfusionMatrix

WORKERS, BATCHES, BATCH = 4, 25, 1_000
ANIMALS = ["bird", "cat", "dog"]


def score_shard(seed: int) -> str:
    """Stand in for a worker's loop: predict batch after batch and count them."""
    generator = random.Random(seed)
    meter = ClassificationMeter(classes=ANIMALS)
    for _ in range(BATCHES):
        labels = generator.choices(ANIMALS, k=BATCH)
        guesses = generator.choices(ANIMALS, k=BATCH)
        meter.update(
            [y if generator.random() < 0.8 else p for p, y in zip(guesses, labels)], labels
        )
    return meter.compute().to_json()


def main() -> None:
    with get_context("spawn").Pool(WORKERS) as pool:
        states = pool.map(score_shard, range(WORKERS))
    whole = sum(map(ConfusionMatrix.from_json, states), ConfusionMatrix())
    low, high = whole.interval("f1_score", average="macro")
    print(f"{whole.total:,} examples from {WORKERS} processes, {len(states[0])} bytes from each")
    print(whole)
    print(whole.report())
    print(f"macro F1 lies between {low:.4f} and {high:.4f} with 95 % confidence")


if __name__ == "__main__":
    main()

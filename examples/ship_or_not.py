"""Ship or not: are ten measures of a tumour as good as thirty, on the same patients?"""

import csv
from math import dist, fsum
from pathlib import Path

from ml_infra_utils.metrics import compare
from ml_infra_utils.preprocessing import standardize

with Path("examples/data/breast_cancer.csv").open(encoding="utf-8") as file:
    table = list(csv.DictReader(file))
labels = [row.pop("diagnosis") for row in table]
columns = [standardize([float(row[name]) for row in table]) for name in table[0]]


def predict(width):
    """Name the nearer of the means of two thirds of the rows, for each row of the other third."""
    rows = list(zip(*columns[:width]))
    groups = {"benign": [], "malignant": []}
    for i, (row, label) in enumerate(zip(rows, labels)):
        if i % 3 != 2:
            groups[label].append(row)
    means = {name: [fsum(c) / len(c) for c in zip(*rows)] for name, rows in groups.items()}
    return [min(means, key=lambda name: dist(means[name], row)) for row in rows[2::3]]


ten, thirty, truth = predict(10), predict(30), labels[2::3]
comparison = compare(ten, thirty, truth)
print(comparison)
print("May ten lose one percent of accuracy?", comparison.decide(margin=0.01))

recall = compare(ten, thirty, truth, score="recall", positive_class="malignant")
print(f"\n{recall}")
print("And of the tumours that are found?", recall.decide(margin=0.01))

"""Score in a PyTorch loop: tensors in, padding left out, each batch as cheap as the first."""

import csv
from pathlib import Path

import torch

from ml_infra_utils.metrics import ClassificationMeter

PADDING = -100
torch.manual_seed(0)
with Path("examples/data/penguins.csv").open(encoding="utf-8") as file:
    rows = [row for row in csv.DictReader(file) if row["bill_length_mm"] != "NA"]
NUMBERS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
SPECIES = sorted({row["species"] for row in rows})
inputs = torch.tensor([[float(row[name]) for name in NUMBERS] for row in rows])
inputs = (inputs - inputs.mean(0)) / inputs.std(0)
labels = torch.tensor([SPECIES.index(row["species"]) for row in rows])

model = torch.nn.Linear(len(NUMBERS), len(SPECIES))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
loss_of = torch.nn.CrossEntropyLoss(ignore_index=PADDING)
order = torch.randperm(len(rows))

for epoch in range(1, 6):
    meter = ClassificationMeter(classes=range(len(SPECIES)), ignore=PADDING)
    for batch in order.split(32):
        truth = torch.nn.functional.pad(labels[batch], (0, 32 - len(batch)), value=PADDING)
        x = torch.nn.functional.pad(inputs[batch], (0, 0, 0, 32 - len(batch)))
        logits = model(x)
        loss = loss_of(logits, truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        meter.update(logits.argmax(-1), truth)
    matrix = meter.compute()
    print(epoch, matrix.total, f"accuracy {matrix.accuracy():.3f}")

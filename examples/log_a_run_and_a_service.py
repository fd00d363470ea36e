"""Log a training run and a web service into one file; read it back, and give it to DuckDB."""

import sys

import duckdb
import httpx
import numpy as np
import pandas as pd
from on_loopback import flaky, served

from ml_infra_utils.logging import StructuredLogger, bound, configure, read_events, training_run
from ml_infra_utils.preprocessing import standardize

path = sys.argv[1] if len(sys.argv) > 1 else "run.jsonl"
configure(output=path, takeover=True)  # uvicorn's lines and those of httpx go there too

table = pd.read_csv("examples/data/breast_cancer.csv")
labels = (table.pop("diagnosis") == "malignant").to_numpy()
rows, weights = standardize(table.to_numpy()), np.zeros(table.shape[1])
logger = StructuredLogger("train")

with served(flaky) as url, bound(job="nightly", api_key="k3y"):  # the key is hidden in the file
    with training_run(logger, "logistic", rate=0.5) as run:
        for epoch in range(1, 9):
            guesses = 1 / (1 + np.exp(-rows @ weights))
            loss = -np.log(np.where(labels, guesses, 1 - guesses)).mean()
            weights += 0.5 * rows.T @ (labels - guesses) / len(labels)
            run.epoch_completed(epoch, {"loss": loss})
    httpx.get(f"{url}/users/1", trust_env=False)

for request in read_events(path, logger="uvicorn.access"):
    print(request.fields["method"], request.fields["path"], request.fields["status"])
losses = [event.metrics["loss"] for event in read_events(path) if event.context.get("epoch")]
print([round(loss, 3) for loss in losses])
lines = duckdb.read_json(str(path), map_inference_threshold=-1)
least = lines.aggregate("round(min(context.metrics.loss), 3)")
print("the least of them, by DuckDB:", least.fetchall())
print("the key:", pd.read_json(path, lines=True)["api_key"].dropna().unique().tolist())

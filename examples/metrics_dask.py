"""Score a table on a Dask cluster: in one GROUP BY, or partition by partition.

pip install "dask[dataframe,distributed]" ml-infra-metrics
python examples/metrics_dask.py
"""

from __future__ import annotations

import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask.distributed import Client, LocalCluster

from ml_infra_utils.metrics import ConfusionMatrix


def table(rows: int = 200_000) -> pd.DataFrame:
    """Make predictions of which two in three are right, for three countries."""
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 4, rows)
    guess = np.where(generator.random(rows) < 2 / 3, truth, generator.integers(0, 4, rows))
    return pd.DataFrame(
        {"truth": truth, "guess": guess, "country": generator.choice(["de", "fr", "it"], rows)}
    )


def count(part: pd.DataFrame) -> ConfusionMatrix:
    """Count a partition where it lies."""
    return ConfusionMatrix.from_predictions(part["guess"], part["truth"])


def main() -> None:
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    )
    with cluster, Client(cluster) as client:
        frame = dd.from_pandas(table(), npartitions=8)
        by_country = ConfusionMatrix.from_frame(frame, "guess", "truth", by="country")
        for country, matrix in by_country.items():
            low, high = matrix.interval("accuracy")
            print(f"{country}: accuracy {matrix.accuracy():.4f} ({low:.4f} to {high:.4f})")
        parts = client.gather(client.map(count, client.compute(frame.to_delayed(), sync=True)))
        whole = sum(parts, ConfusionMatrix())
        print(whole)
        print(f"slices and partitions agree: {whole == sum(by_country.values())}")


if __name__ == "__main__":
    main()

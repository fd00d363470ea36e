"""The same counts from real engines: DuckDB, Dask, PySpark; and PyTorch tensors."""

from __future__ import annotations

import math
from typing import Any, Callable, Iterator

import dask.array as da
import dask.dataframe as dd
import duckdb
import pandas as pd
import polars as pl
import pytest
import torch
from pyspark.sql import SparkSession

from ml_infra_utils.metrics import ConfusionMatrix, accuracy, precision, roc_auc

# narwhals announces a package of its own for Dask, which is not published everywhere yet.
pytestmark = pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning")

DATA = pd.DataFrame(
    {
        "guess": [1, 0, 0, 1, 2, 1] * 50,
        "truth": [1, 1, 0, 1, 2, 0] * 50,
        "weight": [0.5, 2.0, 1.0, 0.25, 1.0, 0.0] * 50,
        "country": ["it", "de", "it", "it", None, "de"] * 50,
    }
)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    yield session
    session.stop()


def duckdb_relation(data: pd.DataFrame) -> Any:
    connection = duckdb.connect()
    connection.register("data", data)
    return connection.table("data")


@pytest.fixture(params=["duckdb", "dask", "polars lazy", "pyspark"])
def table(request: pytest.FixtureRequest) -> Callable[[pd.DataFrame], Any]:
    if request.param == "pyspark":
        spark = request.getfixturevalue("spark")
        return lambda data: spark.createDataFrame(
            list(data.astype(object).where(data.notna(), None).itertuples(index=False)),
            list(data.columns),
        )
    makers: dict[str, Callable[[pd.DataFrame], Any]] = {
        "duckdb": duckdb_relation,
        "dask": lambda data: dd.from_pandas(data, npartitions=3),
        "polars lazy": lambda data: pl.from_pandas(data).lazy(),
    }
    return makers[request.param]


def test_the_whole_table(table: Callable[[pd.DataFrame], Any]) -> None:
    expected = ConfusionMatrix.from_predictions(DATA["guess"], DATA["truth"])
    assert expected == ConfusionMatrix.from_frame(table(DATA), "guess", "truth")


def test_slices_add_up_to_the_whole(table: Callable[[pd.DataFrame], Any]) -> None:
    slices = ConfusionMatrix.from_frame(table(DATA), "guess", "truth", by="country")
    assert {"it", "de", None} == set(slices)
    italian = DATA[DATA["country"] == "it"]
    assert ConfusionMatrix.from_predictions(italian["guess"], italian["truth"]) == slices["it"]
    assert sum(slices.values()) == ConfusionMatrix.from_predictions(DATA["guess"], DATA["truth"])


def test_weights(table: Callable[[pd.DataFrame], Any]) -> None:
    matrix = ConfusionMatrix.from_frame(table(DATA), "guess", "truth", sample_weight="weight")
    expected = ConfusionMatrix.from_predictions(
        DATA["guess"], DATA["truth"], sample_weight=DATA["weight"]
    )
    assert expected == matrix


def test_missing_classes_are_refused(table: Callable[[pd.DataFrame], Any]) -> None:
    with pytest.raises(ValueError, match=r"column 'country'.* missing"):
        ConfusionMatrix.from_frame(table(DATA), "country", "country")


def test_negative_weights_are_refused(table: Callable[[pd.DataFrame], Any]) -> None:
    data = DATA.assign(weight=-DATA["weight"])
    with pytest.raises(ValueError, match="column 'weight' must hold weights of at least 0, got -"):
        ConfusionMatrix.from_frame(table(data), "guess", "truth", sample_weight="weight")


def test_the_engine_runs_one_query_with_one_group_by() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t AS SELECT range % 3 AS p, range % 2 AS y FROM range(1000)")
    connection.execute("CALL enable_logging('QueryLog')")
    table = connection.table("t")
    assert 1000 == ConfusionMatrix.from_frame(table, "p", "y").total
    connection.execute("CALL disable_logging()")
    logged = connection.execute("SELECT message FROM duckdb_logs WHERE type = 'QueryLog'")
    queries = [query for (query,) in logged.fetchall() if 'FROM "t"' in query]
    assert 1 == len(queries) == queries[0].count("GROUP BY")


@pytest.mark.parametrize(
    "dtype", [torch.int64, torch.int32, torch.uint8, torch.float32, torch.float16, torch.bfloat16]
)
def test_tensors(dtype: torch.dtype) -> None:
    predictions, labels = torch.tensor(DATA["guess"].tolist()), torch.tensor(DATA["truth"].tolist())
    expected = ConfusionMatrix.from_predictions(DATA["guess"], DATA["truth"])
    matrix = ConfusionMatrix.from_predictions(predictions.to(dtype), labels.to(dtype))
    assert expected == matrix
    assert expected.accuracy() == accuracy(predictions.to(dtype), labels)
    assert expected.precision() == precision(predictions, labels)


def test_probabilities_of_half_precision() -> None:
    assert 1.0 == roc_auc(torch.tensor([0.25, 0.75], dtype=torch.bfloat16), [0, 1])


def test_boolean_tensors() -> None:
    flags = torch.tensor([True, False])
    assert "(False, True)" == repr(ConfusionMatrix.from_predictions(flags, flags).classes)


def test_tensors_that_require_gradients() -> None:
    values = torch.tensor([0.0, 1.0], requires_grad=True)
    assert 1.0 == accuracy(values, torch.tensor([0, 1]))


@pytest.mark.parametrize("n", [6, 300])
def test_lists_of_tensors_of_one_value(n: int) -> None:
    values = DATA["guess"].tolist()[:n]
    tensors = [torch.tensor(value) for value in values]
    expected = ConfusionMatrix.from_predictions(values, values)
    assert expected == ConfusionMatrix.from_predictions(tensors, values)


def test_nan_in_tensors_is_refused() -> None:
    with pytest.raises(ValueError, match=r"predictions\[1\] must be a class, got nan"):
        accuracy(torch.tensor([0.0, math.nan]), torch.tensor([0, 1]))


class OnDevice(torch.Tensor):
    """A tensor that says it lies on a GPU, and notes the shape of what is copied from there."""

    sent: list[tuple[int, ...]] = []  # noqa: RUF012  # of all

    def __dlpack_device__(self) -> Any:
        cuda = 2
        return cuda, 0

    def cpu(self, *_: Any, **__: Any) -> Any:
        self.sent.append(tuple(self.shape))
        return self.as_subclass(torch.Tensor)


def test_tensors_on_a_device_send_only_the_counts() -> None:
    OnDevice.sent.clear()
    predictions, labels = (
        torch.tensor(DATA[name].tolist()).as_subclass(OnDevice) for name in ("guess", "truth")
    )
    matrix = ConfusionMatrix.from_predictions(predictions, labels)
    assert ConfusionMatrix.from_predictions(DATA["guess"], DATA["truth"]) == matrix
    pairs = len(set(zip(DATA["guess"], DATA["truth"])))
    assert [(2 + 2 * pairs,)] == OnDevice.sent


def test_dask_arrays() -> None:
    predictions = da.from_array(DATA["guess"].to_numpy(), chunks=64)
    labels = da.from_array(DATA["truth"].to_numpy(), chunks=64)
    expected = ConfusionMatrix.from_predictions(DATA["guess"], DATA["truth"])
    assert expected == ConfusionMatrix.from_predictions(predictions, labels)
    assert expected.accuracy() == accuracy(predictions, labels)


def test_dask_arrays_of_unknown_length() -> None:
    frame = dd.from_pandas(DATA, npartitions=2)
    expected = ConfusionMatrix.from_predictions(DATA["guess"], DATA["truth"])
    predictions, labels = frame["guess"].values, frame["truth"].values
    assert expected == ConfusionMatrix.from_predictions(predictions, labels)


def test_dask_arrays_of_strings() -> None:
    words = da.from_array(DATA["country"].fillna("none").to_numpy(dtype=str), chunks=64)
    assert 1.0 == accuracy(words, words)


def test_a_positive_class_may_be_a_tensor() -> None:
    assert 1.0 == roc_auc([0.1, 0.9], torch.tensor([0, 1]), torch.tensor(1))

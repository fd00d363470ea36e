"""States by slice: every state from a table, and their scores as a table that tells the truth."""

from __future__ import annotations

import math
import random
from dataclasses import astuple
from typing import Any, Callable

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from ml_infra_utils.metrics import (
    ConfusionMatrix,
    MultilabelCounts,
    PairedComparison,
    RegressionErrors,
    ScoreHistogram,
    Slices,
    UndefinedMetricWarning,
    compare,
)

FRAMES: dict[str, Callable[[Any], Any]] = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "pyarrow": pa.table,
}
frame = pytest.mark.parametrize("frame", list(FRAMES.values()), ids=list(FRAMES))

DRAWN = random.Random(5)
N = 1009
DATA: dict[str, list[Any]] = {
    "p": [i / 1000 for i in range(1001)] + [i / 7 for i in range(8)],
    "y": [DRAWN.randrange(2) for _ in range(N)],
    "guess": [DRAWN.randrange(2) for _ in range(N)],
    "price": [1e6 + DRAWN.random() for _ in range(N)],
    "estimate": [1e6 + DRAWN.random() for _ in range(N)],
    "weight": [DRAWN.randrange(9) / 8 for _ in range(N)],
    "country": [DRAWN.choice(["it", "de", None]) for _ in range(N)],
}


def rows_of(country: object) -> list[int]:
    return [i for i, name in enumerate(DATA["country"]) if name == country]


@frame
@pytest.mark.parametrize("bins", [1, 7, 10, 100, 1000])
def test_a_table_gives_the_histogram_that_its_columns_give(frame: Any, bins: int) -> None:
    expected = ScoreHistogram.from_probabilities(DATA["p"], DATA["y"], bins=bins)
    assert expected == ScoreHistogram.from_frame(frame(DATA), "p", "y", bins=bins)


@frame
def test_weighted_histograms_of_slices_add_up_to_the_whole(frame: Any) -> None:
    slices = ScoreHistogram.from_frame(frame(DATA), "p", "y", "country", sample_weight="weight")
    assert ["de", "it", None] == list(slices)
    expected = ScoreHistogram.from_probabilities(DATA["p"], DATA["y"], sample_weight=DATA["weight"])
    assert expected == slices.overall


def test_single_precision_falls_into_the_bins_of_double_precision() -> None:
    numbers = [i / 10 for i in range(11)]
    table = pl.DataFrame({"p": pl.Series(numbers, dtype=pl.Float32), "y": [1] * 11})
    expected = ScoreHistogram.from_probabilities(numbers, [1] * 11, bins=10)
    assert expected == ScoreHistogram.from_frame(table, "p", "y", bins=10)


@frame
def test_a_table_gives_the_errors_that_its_columns_give(frame: Any) -> None:
    for weight in (None, "weight"):
        slices = RegressionErrors.from_frame(
            frame(DATA), "estimate", "price", "country", sample_weight=weight
        )
        for country, errors in slices.items():
            rows = rows_of(country)
            expected = RegressionErrors.from_predictions(
                [DATA["estimate"][i] for i in rows],
                [DATA["price"][i] for i in rows],
                sample_weight=[DATA["weight"][i] for i in rows] if weight else None,
            )
            assert expected.count == errors.count
            assert pytest.approx(expected.r2_score, rel=1e-7) == errors.r2_score
            assert pytest.approx(expected.mean_absolute_error) == errors.mean_absolute_error
            assert pytest.approx(expected.mean_squared_error) == errors.mean_squared_error
            # The kept sums from `error` on are sums, or the largest, over examples.
            kept = astuple(expected)[6:], astuple(errors)[6:]
            assert pytest.approx(kept[0]) == kept[1]


@frame
def test_a_table_gives_the_multilabel_counts_that_its_columns_give(frame: Any) -> None:
    counts = MultilabelCounts.from_frame(frame(DATA), ["guess", "y"], ["y", "guess"])
    predictions = pd.DataFrame({"y": DATA["guess"], "guess": DATA["y"]})
    labels = pd.DataFrame({"y": DATA["y"], "guess": DATA["guess"]})
    assert MultilabelCounts.from_indicators(predictions, labels) == counts
    slices = MultilabelCounts.from_frame(frame(DATA), ["guess", "y"], ["y", "guess"], "country")
    assert counts == slices.overall


@frame
def test_a_table_gives_the_comparison_that_its_columns_give(frame: Any) -> None:
    expected = compare(DATA["guess"], [1] * N, DATA["y"])
    table = frame({**DATA, "always": [1] * N})
    assert expected == PairedComparison.from_frame(table, "guess", "always", "y")
    assert expected == PairedComparison.from_frame(table, "guess", "always", "y", "country").overall


@frame
def test_an_empty_table_has_no_slices_and_an_empty_state(frame: Any) -> None:
    table = frame({"p": np.array([], dtype=float), "y": np.array([], dtype=int)})
    assert 0 == ScoreHistogram.from_frame(table, "p", "y").total
    assert RegressionErrors() == RegressionErrors.from_frame(table, "p", "y")
    slices = ScoreHistogram.from_frame(table, "p", "y", "y")
    assert 0 == len(slices)
    assert "No slices." == str(slices)
    assert slices.scores().worst is None
    assert math.isnan(slices.scores().gap)


@frame
def test_an_empty_table_of_weighted_errors_is_empty(frame: Any) -> None:
    nothing = np.array([], dtype=float)
    table = frame({"p": nothing, "y": nothing, "w": nothing})
    assert RegressionErrors() == RegressionErrors.from_frame(table, "p", "y", sample_weight="w")
    assert 0 == len(RegressionErrors.from_frame(table, "p", "y", "p", sample_weight="w"))


@frame
def test_weighted_labels_that_are_all_missing_are_refused(frame: Any) -> None:
    table = pl.DataFrame({"p": [1.0], "y": [None], "w": [1.0]}, schema=dict.fromkeys("pyw", float))
    of_kind = {pd.DataFrame: table.to_pandas, pa.table: table.to_arrow, pl.LazyFrame: table.lazy}
    with pytest.raises(ValueError, match="column 'y' must have no missing values, got them in 1"):
        RegressionErrors.from_frame(of_kind.get(frame, table.clone)(), "p", "y", sample_weight="w")


BAD: dict[str, tuple[dict[str, list[Any]], Callable[[Any], Any], str]] = {
    "a probability above 1": (
        {"p": [1.5, 0.5], "y": [1, 0]},
        lambda table: ScoreHistogram.from_frame(table, "p", "y"),
        r"column 'p' must hold probabilities in \[0, 1\], got 1.5 in 1 row",
    ),
    "a missing probability": (
        {"p": [None, 0.5], "y": [1, 0]},
        lambda table: ScoreHistogram.from_frame(table, "p", "y"),
        "column 'p' must hold .* got missing values in 1 row",
    ),
    "a missing number": (
        {"p": [None, 0.5], "y": [1, 0]},
        lambda table: RegressionErrors.from_frame(table, "p", "y"),
        "column 'p' must have no missing values, got them in 1 row",
    ),
    "an infinite number": (
        {"p": [math.inf, 0.5], "y": [1, 0]},
        lambda table: RegressionErrors.from_frame(table, "p", "y"),
        "column 'p' must hold finite numbers, got a sum of inf",
    ),
    "an indicator that is none": (
        {"p": [2, 1], "y": [1, 0]},
        lambda table: MultilabelCounts.from_frame(table, ["p"], ["y"]),
        "column 'p' must hold 0 and 1, got other or missing values in 1 row",
    ),
    "another number of columns": (
        {"p": [2, 1], "y": [1, 0]},
        lambda table: MultilabelCounts.from_frame(table, ["p", "y"], ["y"]),
        "predictions and labels must name as many columns",
    ),
    "a column that is none": (
        {"p": [2, 1], "y": [1, 0]},
        lambda table: PairedComparison.from_frame(table, "p", "q", "y"),
        "b must name one of the columns 'p', 'y', got 'q'",
    ),
    "a negative weight": (
        {"p": [0.5], "y": [1], "w": [-1.0]},
        lambda table: RegressionErrors.from_frame(table, "p", "y", sample_weight="w"),
        "column 'w' must hold weights of at least 0, got -1.0",
    ),
}


@frame
@pytest.mark.parametrize(("data", "count", "message"), BAD.values(), ids=BAD)
def test_bad_values_are_named_with_their_column(
    frame: Any, data: Any, count: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        count(frame(data))


@frame
def test_a_column_of_texts_holds_no_probabilities(frame: Any) -> None:
    table = frame({"p": ["a"], "y": [1]})
    with pytest.raises(TypeError, match="probabilities must name a column of numbers, got 'p'"):
        ScoreHistogram.from_frame(table, "p", "y")
    with pytest.raises(TypeError, match=r"predictions\[0\] must name a column of 0 and 1, got 'p'"):
        MultilabelCounts.from_frame(table, ["p"], ["y"])
    with pytest.raises(TypeError, match="predictions must be a list of columns"):
        MultilabelCounts.from_frame(table, "p", ["y"])


def test_a_positive_class_that_never_occurs_is_told() -> None:
    with pytest.warns(UndefinedMetricWarning, match="positive_class"):
        ScoreHistogram.from_frame(pd.DataFrame(DATA), "p", "y", positive_class="yes")


def slices_of(rights: dict[Any, tuple[int, int]]) -> Slices[ConfusionMatrix]:
    """Return slices with numbers of right and of wrong predictions."""
    return Slices(
        {
            key: ConfusionMatrix([0, 1], [[right, wrong], [0, 0]])
            for key, (right, wrong) in rights.items()
        }
    )


def test_the_table_shows_every_slice_and_the_whole() -> None:
    scores = slices_of({"it": (90, 10), "de": (30, 20), None: (9, 1)}).scores("accuracy")
    assert ["it", "de", None] == [row.slice for row in scores]
    assert [0.9, 0.6, 0.9] == [row.score for row in scores]
    assert [100, 50, 10] == [row.support for row in scores]
    assert ["higher", "lower", ""] == [row.differs for row in scores]
    worst = scores.worst
    assert worst is not None
    assert "de" == worst.slice
    assert pytest.approx(0.3) == scores.gap
    assert pytest.approx(2 / 3) == scores.ratio
    assert 129 / 160 == scores.overall.score
    assert ["slice", "accuracy", "low", "high", "support", "differs"] == str(scores).split()[:6]


def test_intervals_of_many_slices_are_wider_by_bonferroni() -> None:
    slices = slices_of(dict.fromkeys(range(20), (90, 10)))
    rows = slices.scores("accuracy", 0.9)
    alone = slices[0].interval("accuracy", 1 - 0.1 / 20)
    assert all((row.low, row.high) == alone for row in rows)


def test_equal_slices_seldom_make_a_false_alarm() -> None:
    """Twenty slices of one accuracy: at most 5 % of tables call one of them different."""
    generator = np.random.default_rng(20)
    alarms = 0
    for _ in range(300):
        right = generator.binomial(100, 0.85, size=20)
        scores = slices_of({i: (int(r), 100 - int(r)) for i, r in enumerate(right)}).scores()
        alarms += any(row.differs for row in scores)
    assert alarms <= 0.05 * 300 + 2 * math.sqrt(300 * 0.05 * 0.95)


def test_a_slice_that_is_worse_is_found_among_many() -> None:
    slices = slices_of({**dict.fromkeys(range(19), (870, 130)), 19: (750, 250)})
    assert ["lower"] == [row.differs for row in slices.scores() if row.differs]


def test_the_worst_slice_of_an_error_has_the_largest() -> None:
    table = pl.DataFrame({"guess": [1.0, 4.0], "truth": [2.0, 2.0], "city": ["a", "b"]})
    scores = RegressionErrors.from_frame(table, "guess", "truth", by="city").scores()
    assert scores.worst is not None
    assert "b" == scores.worst.slice


def test_markdown_html_and_plot_show_the_same_table() -> None:
    scores = slices_of({"a|b": (90, 10), "$x$": (30, 20)}).scores("f1_score", positive_class=0)
    assert r"| a\|b |" in scores.to_markdown()
    assert "Worst: '$x$'" in scores.to_markdown()
    assert "<table>" in scores._repr_html_()
    pytest.importorskip("matplotlib").use("agg")
    ax = scores.plot()
    assert ["a|b", r"\$x\$"] == [text.get_text() for text in ax.get_yticklabels()]


def test_of_many_slices_the_worst_are_drawn() -> None:
    pytest.importorskip("matplotlib").use("agg")
    ax = slices_of({number: (100 + number, 50) for number in range(500)}).scores().plot()
    assert [str(number) for number in range(40)] == [t.get_text() for t in ax.get_yticklabels()]
    assert ax.get_xlabel() == "accuracy (the worst 40 of 500 slices)"


def test_an_unknown_score_is_refused_with_the_one_meant() -> None:
    with pytest.raises(ValueError, match="did you mean 'f1_score'"):
        slices_of({1: (1, 1)}).scores("f1")
    with pytest.raises(KeyError, match="'fr' is no slice; the slices are 'it'"):
        slices_of({"it": (1, 1)})["fr"]


def test_a_slice_without_a_score_is_nan_and_not_the_worst() -> None:
    slices = Slices(
        {
            "it": ScoreHistogram([0, 3, 9], [9, 2, 1]),
            "de": ScoreHistogram([1, 0, 0], [0, 0, 0]),
        }
    )
    with pytest.warns(UndefinedMetricWarning, match="no label is negative"):
        scores = slices.scores("roc_auc")
    assert math.isnan(scores[1].score)
    assert scores.worst is not None
    assert "it" == scores.worst.slice


@pytest.mark.parametrize(
    ("score", "options", "has_interval"),
    [
        ("cohen_kappa", {}, True),
        ("cohen_kappa", {"weights": "linear"}, False),
        ("balanced_accuracy", {}, True),
        ("balanced_accuracy", {"adjusted": True}, False),
    ],
)
def test_the_interval_of_a_score_is_none_of_its_variant(
    score: str, options: dict[str, Any], has_interval: bool
) -> None:
    matrix = ConfusionMatrix([0, 1, 2], [[5, 1, 0], [2, 4, 1], [0, 1, 6]])
    row = Slices({"all": matrix}).scores(score, **options)[0]
    assert has_interval is not math.isnan(row.low)


def test_an_average_that_leaves_out_predictions_of_an_ignored_class_has_no_interval() -> None:
    table = pl.DataFrame({"guess": [1, 2, -100], "y": [1, 2, 1], "country": ["a", "b", "a"]})
    slices = ConfusionMatrix.from_frame(table, "guess", "y", by="country", ignore=-100)
    (first, _) = slices.scores("f1_score", average="macro")
    assert slices["a"].f1_score(average="macro") == first.score
    assert math.isnan(first.low)
    assert math.isnan(first.high)


SLICED: list[Callable[[Any, Any], Any]] = [
    lambda table, by: ConfusionMatrix.from_frame(table, "y", "y", by=by),
    lambda table, by: ScoreHistogram.from_frame(table, "p", "y", by=by),
    lambda table, by: RegressionErrors.from_frame(table, "p", "y", by=by),
    lambda table, by: MultilabelCounts.from_frame(table, ["y"], ["y"], by=by),
    lambda table, by: PairedComparison.from_frame(table, "y", "y", "y", by=by),
]


@frame
@pytest.mark.parametrize("make", SLICED)
def test_a_column_of_lists_or_records_names_no_slices(make: Any, frame: Any) -> None:
    for values in ([[1], [2]], [{"a": 1}, {"a": 2}]):
        table = frame({"p": [0.5, 1.0], "y": [0, 1], "by": values})
        with pytest.raises(TypeError, match="column 'by' must hold what names a slice, got values"):
            make(table, "by")


@pytest.mark.parametrize("make", SLICED)
def test_what_slices_is_a_column_or_some(make: Any) -> None:
    table = pd.DataFrame({"p": [0.5, 1.0], "y": [0, 1]})
    for by, error in ((5, TypeError), ({"y"}, TypeError), ([None], ValueError), ("z", ValueError)):
        with pytest.raises(error, match=r"^by(\[0\])? must "):
            make(table, by)

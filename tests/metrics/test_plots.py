"""Plots draw what the values say; tables show in notebooks."""

from __future__ import annotations

import sys
from typing import Iterator

import matplotlib as mpl
import pytest

from ml_infra_utils.metrics import (
    ConfusionMatrix,
    calibration_curve,
    classification_report,
    precision_recall_curve,
    roc_curve,
)

mpl.use("Agg")

from matplotlib import pyplot as plt

SCORES, LABELS = [0.9, 0.4, 0.4, 0.1], [1, 0, 1, 0]


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture
def pets() -> ConfusionMatrix:
    return ConfusionMatrix(["cat", "<dog>"], [[3, 1], [0, 6]])


def test_matrix_with_counts(pets: ConfusionMatrix) -> None:
    axes = pets.plot()
    assert ["3", "1", "0", "6"] == [text.get_text() for text in axes.texts]
    assert ["cat", "<dog>"] == [tick.get_text() for tick in axes.get_xticklabels()]
    assert ("prediction", "label") == (axes.get_xlabel(), axes.get_ylabel())
    axes.figure.canvas.draw()


def test_matrix_with_fractions_on_given_axes(pets: ConfusionMatrix) -> None:
    _, axes = plt.subplots()
    assert axes is pets.plot(axes, normalized="labels")
    assert ["0.75", "0.25", "0.00", "1.00"] == [text.get_text() for text in axes.texts]


def test_texts_are_white_on_dark_cells() -> None:
    texts = ConfusionMatrix([0, 1], [[6, 4], [0, 10]]).plot().texts
    assert ["white", "black", "black", "white"] == [text.get_color() for text in texts]


def test_empty_matrix() -> None:
    assert [] == list(ConfusionMatrix().plot().texts)


def test_roc() -> None:
    line = roc_curve(SCORES, LABELS).plot(label="model").get_lines()[-1]
    assert [0.0, 0.0, 0.5, 1.0] == list(line.get_xdata())
    assert [0.0, 0.5, 1.0, 1.0] == list(line.get_ydata())
    assert "model" == line.get_label()


def test_precision_recall() -> None:
    line = precision_recall_curve(SCORES, LABELS).plot().get_lines()[-1]
    assert [0.0, 0.5, 1.0, 1.0] == list(line.get_xdata())
    assert [1.0, 1.0, 2 / 3, 0.5] == list(line.get_ydata())


def test_reliability() -> None:
    line = calibration_curve(SCORES, LABELS, bins=2).plot().get_lines()[-1]
    assert pytest.approx([0.3, 0.9]) == list(line.get_xdata())
    assert pytest.approx([1 / 3, 1.0]) == list(line.get_ydata())


def test_without_matplotlib_the_error_says_what_to_install(
    pets: ConfusionMatrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'ml-infra-metrics\[plot\]'"):
        pets.plot()


def test_html_of_a_matrix_is_escaped(pets: ConfusionMatrix) -> None:
    html = pets._repr_html_()
    assert '<th scope="row">&lt;dog&gt;</th><td>0</td><td>6</td></tr>' in html
    many = ConfusionMatrix.from_predictions(range(30), range(30))
    assert "<p>&lt;ConfusionMatrix of 30 classes, total 30&gt;</p>" == many._repr_html_()


def test_html_of_a_report_is_escaped() -> None:
    html = classification_report(["<dog>", "cat"], ["<dog>", "cat"])._repr_html_()
    assert (
        '<th scope="row">&lt;dog&gt;</th><td>1.00</td><td>1.00</td><td>1.00</td><td>1</td>' in html
    )
    assert '<th scope="row">accuracy</th><td></td><td></td><td>1.00</td><td>2</td>' in html


def test_a_dollar_in_a_name_begins_no_formula() -> None:
    names = ["$x_{$", "$5-$10"]
    ConfusionMatrix.from_predictions(names, names).plot().figure.canvas.draw()


def test_a_plot_of_many_classes_has_no_texts() -> None:
    many = ConfusionMatrix.from_predictions(range(31), range(31))
    assert [] == list(many.plot().texts)

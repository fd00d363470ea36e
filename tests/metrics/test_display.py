"""Names and numbers as they are shown."""

from __future__ import annotations

import json
import math
import pickle
from typing import Any, Hashable

import pytest

from ml_infra_utils.metrics import (
    ConfusionMatrix,
    calibration_curve,
    classification_report,
    precision_recall_curve,
    roc_curve,
)


def matrix(*classes: Hashable) -> ConfusionMatrix:
    return ConfusionMatrix.from_predictions(classes, classes)


def test_classes_of_one_text_are_told_apart() -> None:
    assert ["1", "'1'"] == str(matrix(1, "1")).splitlines()[0].split()[-2:]
    assert '<th scope="row">&#x27;1&#x27;</th>' in matrix(1, "1")._repr_html_()


def test_names_are_aligned_to_the_left_and_numbers_to_the_right() -> None:
    assert str(ConfusionMatrix(["a", "bb"], [[10, 0], [2, 3]])).splitlines() == [
        "label / predicted   a  bb",
        "a                  10   0",
        "bb                  2   3",
    ]


@pytest.mark.parametrize(
    ("classes", "keys"),
    [
        ([1, "1"], ["1", "'1'"]),
        ([None, "None", "cat"], ["None", "'None'", "cat"]),
        ([1, "1", "'1'"], ["1", "'1'", "\"'1'\""]),
        (["accuracy", "macro avg", "dog"], ["'accuracy'", "'macro avg'", "dog"]),
    ],
)
def test_no_row_of_a_report_is_lost(classes: list[Hashable], keys: list[str]) -> None:
    report = classification_report(classes, classes)
    table = report.to_dict()
    assert {*keys, "accuracy", "macro avg", "weighted avg"} == set(table)
    assert all(1.0 == table[key]["recall"] for key in keys)
    assert 1.0 == table["accuracy"]
    assert all(f" {key} " in str(report) for key in keys)


def test_a_name_takes_one_line_and_sends_no_control_characters() -> None:
    names = ["a\nb", "\x1b[31mred"]
    assert 3 == len(str(matrix(*names)).splitlines())
    for text in (str(matrix(*names)), str(classification_report(names, names))):
        assert r"a\nb" in text
        assert "\x1b" not in text


def test_sums_of_weights_are_shown_to_six_digits() -> None:
    report = classification_report([1, 1], [1, 1], sample_weight=[0.1, 0.2])
    assert "0.30000" not in str(report) + report._repr_html_()
    assert "<td>0.3</td>" in report._repr_html_()
    huge = ConfusionMatrix.from_predictions([1], [1], sample_weight=[1e300])
    assert "1e+300" in str(huge)
    assert str(10**400) in str(ConfusionMatrix([1], [[10**400]]))


def test_a_report_in_markdown_and_in_one_line() -> None:
    report = classification_report(["cat", "dog", "cat"], ["cat", "dog", "dog"])
    assert "<ClassificationReport of 2 classes, macro average F1 0.67>" == repr(report)
    expected = """\
|  | precision | recall | f1-score | support |
| :-- | --: | --: | --: | --: |
| cat | 0.50 | 1.00 | 0.67 | 1 |
| dog | 1.00 | 0.50 | 0.67 | 2 |
| accuracy |  |  | 0.67 | 3 |
| macro avg | 0.75 | 0.75 | 0.67 | 3 |
| weighted avg | 0.83 | 0.67 | 0.67 | 3 |"""
    assert expected == report.to_markdown()
    assert 6 == report._repr_html_().count("<tr>")


CURVES = [roc_curve, precision_recall_curve, calibration_curve]


@pytest.mark.parametrize("curve", CURVES)
def test_the_repr_of_a_short_curve_has_its_numbers(curve: Any) -> None:
    short = curve([0.75, 0.25], [1, 0])
    names = {type(short).__name__: type(short), "inf": math.inf}
    assert short == eval(repr(short), names)


@pytest.mark.parametrize("curve", CURVES)
def test_the_repr_of_a_long_curve_is_one_line(curve: Any) -> None:
    n = 5_000
    scores, labels = [i / n for i in range(n)], [i % 2 for i in range(n)]
    options = {"bins": n} if curve is calibration_curve else {}
    long = curve(scores, labels, **options)
    points = n + 1 if curve is roc_curve else n
    assert f"<{type(long).__name__} of {points:,} points>" == repr(long)
    assert 22 == len(str(long).splitlines())  # the head, ten points, dots, ten points
    assert 23 == len(long.to_markdown().splitlines())
    assert 22 == long._repr_html_().count("<tr>")


def test_a_curve_is_a_table() -> None:
    curve = roc_curve([0.9, 0.4, 0.4, 0.1], [1, 0, 1, 0])
    expected = """\
| thresholds | false positive rate | true positive rate |
| --: | --: | --: |
| inf | 0 | 0 |
| 0.9 | 0 | 0.5 |
| 0.4 | 0.5 | 1 |
| 0.1 | 1 | 1 |"""
    assert expected == curve.to_markdown()
    thresholds, false_positive_rate, true_positive_rate = curve
    assert (curve[1], curve[2]) == (false_positive_rate, true_positive_rate)
    assert curve == pickle.loads(pickle.dumps(curve))
    assert math.inf == thresholds[0]


def test_a_report_with_undefined_scores_is_valid_json() -> None:
    matrix = ConfusionMatrix([0, 1], [[2, 0], [0, 0]])
    document = matrix.report(zero_division=math.nan).to_dict()
    assert document["1"]["recall"] is None
    assert json.loads(json.dumps(document, allow_nan=False)) == document

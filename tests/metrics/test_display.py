"""Names and numbers as they are shown."""

from __future__ import annotations

from typing import Hashable

import pytest

from ml_infra_utils.metrics import ConfusionMatrix, classification_report


def matrix(*classes: Hashable) -> ConfusionMatrix:
    return ConfusionMatrix.from_predictions(classes, classes)


def test_classes_of_one_text_are_told_apart() -> None:
    assert ["1", "'1'"] == str(matrix(1, "1")).splitlines()[0].split()[-2:]
    assert '<th scope="row">&#x27;1&#x27;</th>' in matrix(1, "1")._repr_html_()


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

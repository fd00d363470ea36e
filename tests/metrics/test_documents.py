"""Documents of states: their form is kept, and nothing else is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ml_infra_utils.metrics import ConfusionMatrix
from tests.metrics.states import KINDS, STATES, schema_of

GOLDEN = Path(__file__).parent / "golden"

every_kind = pytest.mark.parametrize("kind", STATES)


@every_kind
def test_the_form_is_that_of_the_golden_file(kind: str) -> None:
    document = json.loads((GOLDEN / f"{kind}-1.json").read_text(encoding="utf-8"))
    assert document == json.loads(STATES[kind].to_json())
    assert f"ml-infra/{kind}/1" == document["schema"]
    assert "schema" == next(iter(STATES[kind].to_dict()))


@every_kind
def test_golden_files_are_read_back(kind: str) -> None:
    text = (GOLDEN / f"{kind}-1.json").read_text(encoding="utf-8")
    assert STATES[kind] == KINDS[kind].from_json(text)
    assert STATES[kind] == KINDS[kind].from_dict(STATES[kind].to_dict())


@every_kind
def test_documents_and_examples_satisfy_the_schema(kind: str) -> None:
    schema = schema_of(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert 2 <= len(schema["examples"])
    for document in (STATES[kind].to_dict(), *schema["examples"]):
        jsonschema.validate(document, schema)


@every_kind
def test_examples_of_a_schema_are_documents_that_merge(kind: str) -> None:
    examples = schema_of(kind)["examples"]
    parts = [KINDS[kind].from_dict(example) for example in examples]
    assert examples == [part.to_dict() for part in parts]
    assert sum(parts) == parts[0].merge(parts[1])


@every_kind
@pytest.mark.parametrize(
    ("schema", "advice"),
    [
        ("ml-infra/other/1", "$"),
        ("ml-infra/{kind}/2", "; a newer release wrote it: pip install --upgrade ml-infra-metrics"),
        ("ml-infra-metrics/{kind}", "$"),
        (1, "$"),
        (None, "$"),
    ],
)
def test_documents_of_other_kinds_and_newer_releases_are_refused(
    kind: str, schema: Any, advice: str
) -> None:
    schema = schema.format(kind=kind) if isinstance(schema, str) else schema
    document = {**STATES[kind].to_dict(), "schema": schema}
    with pytest.raises(ValueError, match=rf"^schema must be 'ml-infra/{kind}/1', got .*{advice}"):
        KINDS[kind].from_dict(document)


@every_kind
def test_an_unknown_entry_is_refused_with_the_name_that_it_is_like(kind: str) -> None:
    *_, name = STATES[kind].to_dict()
    with pytest.raises(ValueError, match=rf"no keys but .* got '{name}s'; did you mean '{name}'\?"):
        KINDS[kind].from_dict({**STATES[kind].to_dict(), f"{name}s": 1})


@every_kind
def test_a_missing_entry_is_named(kind: str) -> None:
    for name in STATES[kind].to_dict():
        document = {key: value for key, value in STATES[kind].to_dict().items() if key != name}
        with pytest.raises(ValueError, match=rf"^the document must have the key '{name}', got"):
            KINDS[kind].from_dict(document)


@every_kind
@pytest.mark.parametrize("document", [[], "x", None, 1.5])
def test_what_is_no_object_is_refused(kind: str, document: Any) -> None:
    with pytest.raises(ValueError, match=r"^the document must be an object, got "):
        KINDS[kind].from_dict(document)
    with pytest.raises(ValueError, match=r"^the document must be an object, got "):
        KINDS[kind].from_json(json.dumps(document))


@every_kind
def test_text_that_is_no_json_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match=r"text must be JSON, got '{'"):
        KINDS[kind].from_json("{")


CELL, COUNTS = "confusion-matrix", "multilabel-counts"
NO_COUNT = "be an integer of at least 0 or a text that matches .*, got "


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        (CELL, {"classes": None}, "classes must be a list, got None"),
        (CELL, {"classes": ["a", "a"]}, r"classes\[1\] must be met once, got 'a' again"),
        (
            CELL,
            {"classes": [True, 1]},
            r"classes\[1\] must be another class .* got 1 \(int\), which is classes\[0\]",
        ),
        (CELL, {"classes": ["a", 1.5]}, r"classes\[1\] must be a text or an integer .* got 1\.5"),
        (CELL, {"classes": [{"tuple": [[]]}]}, r"classes\[0\]\.tuple\[0\] must be a text or"),
        (CELL, {"cells": [[0, 0]]}, r"cells\[0\] must be a list of at least 3 items"),
        (CELL, {"cells": [[0, 4, 1]]}, r"cells\[0\]\[1\] must be below 4, .* classes, got 4"),
        (CELL, {"cells": [[9, 0, 1]]}, r"cells\[0\]\[0\] must be below 4, .* classes, got 9"),
        (CELL, {"cells": [[-1, 0, 1]]}, r"cells\[0\]\[0\] must be an integer of at least 0"),
        (CELL, {"cells": [[True, 0, 1]]}, r"cells\[0\]\[0\] must be an integer of at least 0"),
        (CELL, {"cells": [[0, 0, -1]]}, rf"cells\[0\]\[2\] must {NO_COUNT}-1"),
        (CELL, {"cells": [[0, 0, 1.5]]}, rf"cells\[0\]\[2\] must {NO_COUNT}1\.5"),
        (CELL, {"cells": [[0, 0, True]]}, rf"cells\[0\]\[2\] must {NO_COUNT}True"),
        (CELL, {"cells": [[0, 0, 1], [0, 0, 2]]}, r"cells\[1\] must be a pair .* got \[0, 0\]"),
        (COUNTS, {"counts": [[1, 1, 1]]}, "counts must have a row for each of 3 classes, got 1"),
        (COUNTS, {"counts": [[1, 1]]}, r"counts\[0\] must be a list of at least 3 items"),
        (COUNTS, {"counts": [[1, -1, 1]]}, rf"counts\[0\]\[1\] must {NO_COUNT}-1"),
        (COUNTS, {"total": 1.5}, rf"total must {NO_COUNT}1\.5"),
        (COUNTS, {"classes": [0, 1, 1]}, r"classes\[2\] must be met once, got 1 again"),
        (COUNTS, {"counts": [[9, 1, 1]] * 3}, r"counts\[0\] must be possible for 9\.5 examples"),
        (COUNTS, {"counts": [[0, 9, 9]] * 3}, r"counts\[0\] must be possible for 9\.5 examples"),
        (COUNTS, {"exact": 10}, "exact must agree with the errors of the labels, got 10 of 9.5"),
        (COUNTS, {"exact": 0}, "exact must agree with the errors of the labels, got 0 of 9.5"),
        ("paired-comparison", {"both_right": -1}, "both_right must be an integer of at least 0"),
        ("paired-comparison", {"both_wrong": 1.0}, "both_wrong must be an integer of at least 0"),
        ("paired-comparison", {"only_a_right": "3"}, "only_a_right must be an integer of at lea"),
        ("paired-comparison", {"only_b_right": True}, "only_b_right must be an integer of at le"),
        ("regression-errors", {"count": -1}, "count must be an integer of at least 0, got -1"),
        ("regression-errors", {"count": 0}, "count must be above 0, as there are sums, got 0"),
        ("regression-errors", {"count": 1.5}, "count must be an integer of at least 0, got 1.5"),
        ("regression-errors", {"squared": -1.0}, "squared must be a finite number of at least 0"),
        ("regression-errors", {"squared": 10**400}, "squared must be a finite number of at leas"),
        ("regression-errors", {"absolute": float("nan")}, "absolute must be a finite number"),
        ("regression-errors", {"label_mean": float("inf")}, "label_mean must be a finite number"),
        ("regression-errors", {"weight": "1"}, "weight must be a finite number of at least 0"),
        ("score-histogram", {"positives": []}, "positives must be a list of at least 1 items"),
        ("score-histogram", {"positives": [-1]}, rf"positives\[0\] must {NO_COUNT}-1"),
        ("score-histogram", {"negatives": [0.5]}, rf"negatives\[0\] must {NO_COUNT}0\.5"),
        ("score-histogram", {"negatives": [0]}, "a count for each of 4 bins of positives, got 1"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_with_its_path(
    kind: str, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        KINDS[kind].from_dict({**STATES[kind].to_dict(), **change})
    assert 1000 >= len(str(refused.value))


@pytest.mark.parametrize(
    "count",
    ["3", "1/0", "/2", "3/", "-1/2", "1.5", "1/2/3", "\u0661/\u0662", "9" * 5000 + "/7", "1/2\n"],
)
def test_a_count_that_is_no_integer_or_fraction_is_refused(count: Any) -> None:
    document = {**ConfusionMatrix(["a"], [[1]]).to_dict(), "cells": [[0, 0, count]]}
    with pytest.raises(ValueError, match=r"cells\[0\]\[2\] must be .*, got "):
        ConfusionMatrix.from_dict(document)


def test_a_class_that_has_no_form_in_json_is_told() -> None:
    matrix = ConfusionMatrix([frozenset([1])], [[1]])
    with pytest.raises(TypeError, match=r"must be strings, .* got frozenset\(\{1\}\) \(frozenset"):
        matrix.to_dict()

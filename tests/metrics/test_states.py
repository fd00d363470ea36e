"""What is the same of every state: it merges, does not change, and shows itself."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Callable

import pytest

from ml_infra_utils.metrics import (
    ConfusionMatrix,
    MultilabelCounts,
    PairedComparison,
    RegressionErrors,
    ScoreHistogram,
)
from tests.metrics.states import KINDS, STATES

every_kind = pytest.mark.parametrize("kind", STATES)


@every_kind
def test_sum_merge_and_plus_are_one(kind: str) -> None:
    state = STATES[kind]
    assert sum([state, state, state]) == state.merge(state).merge(state) == state + state + state
    assert sum([state]) == state != state + state


@every_kind
@pytest.mark.parametrize("other", [1, 0.0, None, "text"])
def test_nothing_else_is_added(kind: str, other: Any) -> None:
    for add in (lambda: STATES[kind] + other, lambda: other + STATES[kind]):
        with pytest.raises(TypeError):
            add()
    with pytest.raises(TypeError):
        STATES[kind].merge(other)


@every_kind
@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s)), lambda s: sum([s])],
)
def test_copies_are_equal_and_have_one_hash(kind: str, copied: Callable[[Any], Any]) -> None:
    other = copied(STATES[kind])
    assert STATES[kind] == other
    assert hash(STATES[kind]) == hash(other)
    assert STATES[kind].to_dict() == other.to_dict()


@every_kind
def test_a_state_equals_nothing_else(kind: str) -> None:
    assert STATES[kind] != STATES[kind].to_dict()
    assert all(STATES[kind] != state for other, state in STATES.items() if other != kind)


@every_kind
def test_nothing_of_a_state_can_be_set_or_deleted(kind: str) -> None:
    state = STATES[kind]
    for name in [*(name for name in dir(state) if not name.startswith("_")), "colour"]:
        with pytest.raises(AttributeError, match=f"(cannot|immutable).*'{name}'"):
            setattr(state, name, None)
        with pytest.raises(AttributeError, match=f"(cannot|immutable).*'{name}'"):
            delattr(state, name)


@every_kind
def test_a_subclass_stays_one(kind: str) -> None:
    named: Any = type("Named", (KINDS[kind],), {"__module__": __name__})
    state = named.from_dict(STATES[kind].to_dict())
    results = [state + state, state.merge(state), named.from_json(state.to_json())]
    assert [named] * 3 == [type(result) for result in results]


MANY = range(30)
LARGE: dict[str, Any] = {
    "few classes of long names": ConfusionMatrix.from_predictions(["x" * 90, "y" * 90], ["a", "b"]),
    "many classes": ConfusionMatrix.from_predictions(MANY, MANY),
    "many labels": MultilabelCounts.from_indicators([[1] * 30, [0] * 30], [[1] * 30, [1] * 30]),
    "many bins": ScoreHistogram([10**300] * 1000, [1] * 1000),
    "large numbers": PairedComparison(10**99, 10**99, 10**99, 10**99),
    "long numbers": RegressionErrors(
        10**99, 1 / 3e200, 1 / 3e200, 1 / 3e200, -1 / 3e200, 1 / 3e200
    ),
}


@pytest.mark.parametrize("state", [*STATES.values(), *LARGE.values()], ids=[*STATES, *LARGE])
def test_a_repr_is_one_line_that_names_the_class(state: Any) -> None:
    assert type(state).__name__ in repr(state)
    assert "\n" not in repr(state)
    assert 200 >= len(repr(state))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("few classes of long names", "<ConfusionMatrix of 4 classes, total 2>"),
        ("many classes", "<ConfusionMatrix of 30 classes, total 30>"),
        ("many labels", "<MultilabelCounts of 30 labels, total 2>"),
        ("many bins", "<ScoreHistogram of 1,000 bins, total 1e+303>"),
        ("large numbers", "<PairedComparison of 4e+99 examples>"),
    ],
)
def test_what_is_too_large_for_a_line_is_described(name: str, expected: str) -> None:
    assert expected == repr(LARGE[name])


WORDS = {
    "paired-comparison": (
        "accuracy of a minus b 0.6, 95 % interval -0.09517 to 0.8824 (Tango), "
        "p-value 0.25 (McNemar, exact)"
    )
}
TABLES = {
    "confusion-matrix": """\
label / predicted  1  None  cat  ('a', True)
1                  0     0    0            0
None               0     4    0            0
cat                3     0    2            0
('a', True)        0     0    0         4.25""",
    "multilabel-counts": """\
   hits  predicted  actual
0   3.5        3.5     3.5
1     2          5       2
2     0        0.5       3""",
    "paired-comparison": """\
         b right  b wrong
a right        1        3
a wrong        0        1""",
    "regression-errors": """\
                                        value
count                                       3
weight                                    3.5
mean absolute error                  0.714286
mean squared error                   0.785714
root mean squared error              0.886405
r2 score                             0.904938
mean absolute percentage error       0.252381
weighted absolute percentage error   0.138889
mean error                          -0.428571
max error                                   2""",
    "score-histogram": """\
probability  positives  negatives
0 to 0.25            0      0.125
0.25 to 0.5          3          0
0.5 to 0.75          0          0
0.75 to 1            2          2""",
}


@every_kind
def test_print_shows_a_table(kind: str) -> None:
    shown = [line.split() for line in str(STATES[kind]).splitlines()]
    expected = [*TABLES[kind].splitlines(), *filter(None, [WORDS.get(kind)])]
    assert [line.split() for line in expected] == shown


@every_kind
def test_markdown_and_html_have_the_cells_of_the_table(kind: str) -> None:
    table, _, words = STATES[kind].to_markdown().partition("\n\n")
    assert WORDS.get(kind, "") == words
    lines = table.splitlines()
    assert len(TABLES[kind].splitlines()) + 1 == len(lines)
    assert lines[1].startswith("| :-- | --: |")
    html = STATES[kind]._repr_html_()
    assert len(TABLES[kind].splitlines()) == html.count("<tr>")
    *_, last = TABLES[kind].split()
    paragraph = f"<p>{words}</p>" if words else ""
    assert html.endswith(f"<td>{last}</td></tr></tbody></table>{paragraph}")
    assert lines[-1].endswith(f"| {last} |")


@pytest.mark.parametrize("name", LARGE)
def test_a_large_state_shows_no_more_than_a_page(name: str) -> None:
    state = LARGE[name]
    assert 24 >= len(str(state).splitlines())
    assert 24 >= len(state.to_markdown().splitlines())
    assert 24 >= state._repr_html_().count("<tr>")

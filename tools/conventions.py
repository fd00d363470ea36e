"""The habits that all portions share, asserted over whatever a portion exports.

``broken("ml_infra_utils.metrics")`` walks the public names and returns one line for each habit that
one of them breaks: file, line, name and rule. Nothing is listed here: a class that has ``to_dict``
and ``from_dict`` is held to what a document promises, and one that has ``merge`` too to what a
state promises. The examples in the schemas of the portion are the values that are tried.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import math
import operator
import pickle
import re
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Union

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Place = tuple[Union[str, int], ...]

LONGEST_REPR = 200
LONGEST_ERROR = 1_000
MOST_NAMES = 20
WRONG: tuple[Any, ...] = (None, -1, 1.5, True, "text", math.nan, math.inf, [], {}, 10**400)
"""Values that are put at every place of a document; most of them are wrong at most places."""


@dataclass
class Habits:
    """What is wrong with one public name, as it is found."""

    name: str
    thing: Any
    faults: list[str] = field(default_factory=list)

    def expect(self, is_so: bool, rule: str, seen: object = "") -> bool:
        """Note the rule as broken unless it is so; return whether it is."""
        if not is_so:
            told = f"; {_short(seen)}" if seen != "" else ""
            self.faults.append(f"{_place_of(self.thing)}: {self.name}: {rule}{told}")
        return is_so

    def attempt(self, rule: str, work: Callable[[], Any], otherwise: Any = None) -> Any:
        """Return what the work does; an exception breaks the rule."""
        try:
            return work()
        except Exception as error:  # whatever it is, it is the finding
            self.expect(False, rule, f"{type(error).__name__}: {error}")
            return otherwise


def broken(module: str) -> list[str]:
    """Return the habits that the public names of a module break, one line each."""
    portion = importlib.import_module(module)
    faults: list[str] = []
    for name in portion.__all__:
        thing = getattr(portion, name)
        habits = Habits(name, thing)
        _check_docstrings(habits)
        if inspect.isclass(thing) and hasattr(thing, "to_dict") and hasattr(thing, "from_dict"):
            _check_documents(habits, portion.__name__)
        faults += habits.faults
    return faults


def _check_docstrings(habits: Habits) -> None:
    habits.expect(bool(inspect.getdoc(habits.thing)), "a public name has a docstring")
    if inspect.isclass(habits.thing):
        for name, member in inspect.getmembers(habits.thing):
            own = getattr(member, "__module__", "") or ""
            if not name.startswith("_") and callable(member) and "ml_infra_utils" in own:
                habits.expect(bool(inspect.getdoc(member)), f"{name} has a docstring")


def _check_documents(habits: Habits, module: str) -> None:
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", habits.name).lower()
    schemas = files(module) / "schemas" / f"{kind}-1.schema.json"
    if not habits.expect(
        schemas.is_file(), f"a document has a schema, schemas/{kind}-1.schema.json"
    ):
        return
    schema = json.loads(schemas.read_text(encoding="utf-8"))
    habits.attempt("its schema is one", lambda: Draft202012Validator.check_schema(schema))
    examples = schema.get("examples", [])
    is_state = hasattr(habits.thing, "merge")
    least = 2 if is_state else 1
    habits.expect(len(examples) >= least, f"its schema has {least} examples", len(examples))
    validator = Draft202012Validator(schema)
    values = []
    for example in examples:
        work = partial(habits.thing.from_dict, example)
        value = habits.attempt("an example can be read", work)
        if value is not None:
            values.append(value)
            _check_document(habits, value, validator, f"ml-infra/{kind}/1")
            _check_look(habits, value, is_state)
            _check_copies(habits, value)
            _check_reading(habits, json.loads(json.dumps(value.to_dict())), validator)
    if is_state and len(values) >= least:
        _check_merge(habits, values)


def _check_document(
    habits: Habits, value: Any, validator: Draft202012Validator, schema: str
) -> None:
    document = value.to_dict()
    habits.expect(next(iter(document), "") == "schema", "a document begins with its schema")
    habits.expect(document.get("schema") == schema, f"its schema is {schema!r}", document)
    text = habits.attempt(
        "a document is strict JSON", lambda: json.dumps(document, allow_nan=False)
    )
    habits.expect(validator.is_valid(json.loads(text or "{}")), "its schema describes it", document)
    again = habits.attempt("a document can be read", lambda: type(value).from_dict(document))
    habits.expect(again is None or again.to_dict() == document, "reading keeps everything")
    text = habits.attempt("to_json writes it", value.to_json)
    again = habits.attempt("from_json reads it", lambda: type(value).from_json(text))
    habits.expect(again is None or again.to_dict() == document, "JSON keeps everything")


def _check_look(habits: Habits, value: Any, is_state: bool) -> None:
    line = repr(value)
    habits.expect("\n" not in line, "repr is one line", line)
    habits.expect(len(line) <= LONGEST_REPR, f"repr has at most {LONGEST_REPR} characters", line)
    habits.expect(bool(str(value).strip()), "print shows something")
    if is_state and not _is_estimator(value):
        page = habits.attempt("a notebook shows a table", lambda: value._repr_html_(), "<table")
        habits.expect("<table" in page, "a notebook shows a table", page)
        text = habits.attempt("to_markdown gives a table", value.to_markdown, "| |\n|-|")
        habits.expect("|" in text, "to_markdown gives a table", text)


def _check_copies(habits: Habits, value: Any) -> None:
    copies = {
        "pickle": lambda: pickle.loads(pickle.dumps(value)),
        "copy": lambda: copy.copy(value),
        "deepcopy": lambda: copy.deepcopy(value),
    }
    for way, work in copies.items():
        again = habits.attempt(f"{way} works", work)
        if again is None:
            continue
        habits.expect(again.to_dict() == value.to_dict(), f"{way} keeps everything")
        if _has_equality(value) and not _is_estimator(value):
            habits.expect(again == value, f"{way} gives an equal value")
            if type(value).__hash__ is not None:
                habits.expect(hash(again) == hash(value), "equal values have one hash")
    is_equal_by_value = _has_equality(value) or not hasattr(value, "merge")
    habits.expect(is_equal_by_value or _is_estimator(value), "states are equal by value")
    habits.expect(value != "text", "it differs from a text")


def _check_merge(habits: Habits, values: list[Any]) -> None:
    one, other = values[:2]
    before = one.to_dict(), other.to_dict()
    merged = habits.attempt("merge works", lambda: one.merge(other))
    if merged is None:
        return
    document = merged.to_dict()
    habits.expect(before == (one.to_dict(), other.to_dict()), "merge leaves its parts as they were")
    ways = {
        "a + b": lambda: one + other,
        "sum([a, b])": lambda: sum([one, other]),
        "sum of a generator": lambda: sum(part for part in (one, other)),
    }
    for way, work in ways.items():
        result = habits.attempt(f"{way} works", work, merged)
        habits.expect(result.to_dict() == document, f"{way} is a.merge(b)")
    turned = habits.attempt("b + a works", lambda: other + one, merged)
    told = "order" in (inspect.getdoc(type(one).merge) or "")
    is_same = _near(turned.to_dict(), document)
    habits.expect(is_same or told, "the order of merges changes nothing, or merge says what")
    groups = [
        habits.attempt("merges can be grouped", work, merged).to_dict()
        for work in (lambda: (one + other) + one, lambda: one + (other + one))
    ]
    told = "group" in (inspect.getdoc(type(one).merge) or "")
    habits.expect(
        _near(*groups) or told, "the grouping of merges changes nothing, or merge says what"
    )
    operands: tuple[Any, ...] = ("text", 1, None)
    for wrong in operands:
        is_refused = _raises(partial(operator.add, one, wrong), TypeError)
        habits.expect(is_refused, f"a + {wrong!r} is a TypeError")


def _check_reading(habits: Habits, example: Any, validator: Draft202012Validator) -> None:
    """Change a document at each place; what the schema rejects must be refused by its path."""
    for place, changed in _changed(example):
        is_valid = _is_valid(changed, validator)
        rule = f"from_dict refuses {_told(place)} changed to {_short(_at(changed, place))}"
        try:
            value = habits.thing.from_dict(changed)
        except ValueError as error:
            message = str(error)
            if is_valid:  # it is refused for what a schema cannot say, perhaps at another place
                named = any(str(key) in message for key in example)
            else:
                named = _told(place) in message or _told(place[:-1]) in message
            habits.expect(named, f"{rule} by its path", message)
            _check_message(habits, message)
        except Exception as error:  # above all KeyError and TypeError
            habits.expect(False, f"{rule} with a ValueError", f"{type(error).__name__}: {error}")
        else:
            if habits.expect(is_valid, rule):
                document = value.to_dict()
                habits.expect(_is_valid(document, validator), f"its schema describes {document}")
    wrongs: tuple[Any, ...] = (None, [], "text", 1)
    for wrong in wrongs:
        is_refused = _raises(partial(habits.thing.from_dict, wrong), ValueError)
        habits.expect(is_refused, f"from_dict({wrong!r}) is a ValueError")
    is_refused = _raises(partial(habits.thing.from_json, "{"), ValueError)
    habits.expect(is_refused, "text that is no JSON is a ValueError")


def _check_message(habits: Habits, message: str) -> None:
    habits.expect("must " in message, "an error says what must be", message)
    habits.expect(" got " in message, "an error says what it got", message)
    habits.expect(len(message) <= LONGEST_ERROR, "an error is short", message)
    names = len(re.findall(r"'[^']*'", message))
    habits.expect(names <= MOST_NAMES + 2, f"an error lists at most {MOST_NAMES} names", message)
    habits.expect("ml_infra_utils/" not in message, "an error names no file of ours", message)


def _changed(document: Any) -> Iterator[tuple[Place, Any]]:
    """Return copies of a document with one entry changed, each with the place of the change."""
    for place, value in _places(document):
        if isinstance(value, dict):
            yield (*place, "unknown_key"), _put(document, (*place, "unknown_key"), 1)
        if place:
            for wrong in WRONG:
                yield place, _put(document, place, wrong)
        if place and isinstance(place[-1], str):
            yield place, _put(document, place, _MISSING)
    kind, _, major = document["schema"].rpartition("/")
    for schema in (f"ml-infra/other/{major}", f"{kind}/{int(major) + 1}", f"{kind}/", kind):
        yield ("schema",), _put(document, ("schema",), schema)


def _places(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Return each place of a document with its value; of a list, the first and the last entry."""
    yield place, value
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _places(entry, (*place, key))
    elif isinstance(value, list):
        for index in {0, len(value) - 1} if value else ():
            yield from _places(value[index], (*place, index))


_MISSING = object()


def _put(document: Any, place: Place, value: Any) -> Any:
    """Return a copy of the document with that value at a place, or with nothing there."""
    result = copy.deepcopy(document)
    parent = result
    for key in place[:-1]:
        parent = parent[key]
    if value is _MISSING:
        del parent[place[-1]]
    else:
        parent[place[-1]] = value
    return result


def _at(document: Any, place: Place) -> Any:
    for key in place:
        if isinstance(document, dict) and key not in document:
            return "nothing"
        document = document[key]
    return document


def _is_valid(document: Any, validator: Draft202012Validator) -> bool:
    try:
        json.dumps(document, allow_nan=False)  # a schema takes NaN for a number
    except ValueError:
        return False
    return bool(validator.is_valid(document))


def _told(place: Place) -> str:
    """Return a place in a document as Python would reach it: ``buckets['-3'].count``."""
    text = ""
    for key in place:
        if isinstance(key, str) and key.isidentifier():
            text += f".{key}" if text else key
        else:
            text += f"[{key!r}]"
    return text or "the document"


def _near(left: Any, right: Any) -> bool:
    """Return whether two documents are equal but for the last digits of floats."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_near(left[k], right[k]) for k in left)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(_near, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-12)
    return bool(left == right)


def _raises(work: Callable[[], Any], kind: type[Exception]) -> bool:
    try:
        work()
    except kind:
        return True
    except Exception:
        return False
    return False


def _has_equality(value: Any) -> bool:
    """Return whether a class says when two of its values are equal."""
    return any("__eq__" in vars(base) for base in type(value).__mro__[:-1])


def _is_estimator(value: Any) -> bool:
    """Return whether scikit-learn's conventions hold for a value: identity, a look of its own."""
    return hasattr(value, "get_params")


def _place_of(thing: Any) -> str:
    """Return the file and the line where a thing is defined."""
    try:
        path = Path(inspect.getsourcefile(thing) or "")
        return f"{'/'.join(path.parts[-3:])}:{inspect.getsourcelines(thing)[1]}"
    except (OSError, TypeError):
        return str(getattr(thing, "__module__", "?"))


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value) if value != 10**400 else "10**400"
    return text if len(text) <= 300 else f"{text[:297]}..."

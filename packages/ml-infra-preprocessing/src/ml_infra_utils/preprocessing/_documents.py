"""Documents: plain JSON that says what it is, and is checked against a schema when it is read.

The schemas lie in the package, one file a kind, so that other programs can use them too. The
part of JSON Schema that they use is checked here in plain Python: a document needs no library
where it is read.

The portions share this text: a test of the distributions holds their copies equal.
"""

from __future__ import annotations

import json
import pkgutil
import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple, Tuple, Union

from ml_infra_utils.preprocessing._words import described, listed, nearest, shortened

PORTION = __name__.rpartition(".")[0]
_KINDS: dict[str, Any] = {
    "array": (list, tuple),
    "boolean": bool,
    "integer": int,
    "null": type(None),
    "number": (int, float),
    "object": Mapping,
    "string": str,
}
Path = Tuple[Union[str, int], ...]


class Fault(NamedTuple):
    """A place in a document, what must be there, and what is."""

    path: Path
    expected: str
    got: str


def header(kind: str, major: int = 1) -> dict[str, Any]:
    """Return the entry that each document begins with."""
    return {"schema": f"ml-infra/{kind}/{major}"}


def read(document: Any, kind: str, major: int = 1) -> Mapping[str, Any]:
    """Return the document, once it has the form that the schema of this kind describes.

    Raises
    ------
    ValueError
        If it does not; the message names the first place that is wrong by its path.
    """
    schema = _schema(kind, major)
    fault = None
    if isinstance(document, Mapping) and "schema" in document:  # another kind has other keys, too
        of_kind = _fault(document["schema"], schema["properties"]["schema"], schema)
        fault = of_kind and of_kind._replace(path=("schema",))
    fault = fault or _fault(document, schema, schema)
    if fault is not None:
        path, expected, got = fault
        raise ValueError(f"{told(path)} must {expected}, got {got}{_advice(path, document, kind)}")
    checked: Mapping[str, Any] = document
    return checked


def read_json(text: str | bytes) -> Any:
    """Return the document that JSON text holds.

    Raises
    ------
    ValueError
        If it is no JSON.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"text must be JSON, got {shortened(text)} ({error})") from None


def write_json(document: Mapping[str, Any]) -> str:
    """Return a document as JSON text, which holds finite numbers only."""
    return json.dumps(document, allow_nan=False)


def told(path: Path) -> str:
    """Return a place in a document as Python would reach it: ``timings.load.buckets['-3']``."""
    text = ""
    for key in path:
        if isinstance(key, str) and key.isidentifier():
            text += f".{key}" if text else key
        else:
            text += f"[{shortened(key)}]"
    return text or "the document"


@lru_cache(maxsize=None)
def _schema(kind: str, major: int) -> Mapping[str, Any]:
    text = pkgutil.get_data(PORTION, f"schemas/{kind}-{major}.schema.json")  # from an archive too
    schema: Mapping[str, Any] = json.loads(text or "")
    return schema


def _advice(path: Path, document: Any, kind: str) -> str:
    """Say what to do with the document of a newer release."""
    if path == ("schema",):
        known, _, major = str(document["schema"]).rpartition("/")
        if known == f"ml-infra/{kind}" and major.isdecimal():
            distribution = PORTION.replace("ml_infra_utils.", "ml-infra-")
            return f"; a newer release wrote it: pip install --upgrade {distribution}"
    return ""


def _fault(value: Any, rule: Mapping[str, Any], schema: Mapping[str, Any]) -> Fault | None:
    """Find the first thing that is wrong with a value; its path starts from the value."""
    if "$ref" in rule:
        rule = schema["$defs"][rule["$ref"].rpartition("/")[2]]
    if "anyOf" in rule:
        return _fault_of_all(value, rule["anyOf"], schema)
    if not _is_any(value, rule) or not _is_within(value, rule):
        return Fault((), f"be {_expected(rule)}", described(value))
    if isinstance(value, Mapping):
        return _fault_of_object(value, rule, schema)
    if isinstance(value, (list, tuple)):
        return _fault_of_list(value, rule, schema)
    return None


def _fault_of_all(
    value: Any, rules: Sequence[Mapping[str, Any]], schema: Mapping[str, Any]
) -> Fault | None:
    """Find why a value satisfies none of several rules: tell of the one that it nearly does."""
    faults = []
    for rule in rules:
        fault = _fault(value, rule, schema)
        if fault is None:
            return None
        faults.append(fault)
    deepest = max(faults, key=lambda fault: len(fault.path))
    if deepest.path:
        return deepest
    expected = " or ".join(dict.fromkeys(fault.expected for fault in faults))
    if all(fault.expected.startswith("be ") for fault in faults):
        expected = expected.replace(" or be ", " or ")
    return Fault((), expected, deepest.got)


def _fault_of_object(
    value: Mapping[Any, Any], rule: Mapping[str, Any], schema: Mapping[str, Any]
) -> Fault | None:
    properties = rule.get("properties", {})
    others = rule.get("additionalProperties", True)
    pattern = rule.get("propertyNames", {}).get("pattern")
    for key in rule.get("required", ()):
        if key not in value:
            return Fault((), f"have the key {key!r}", listed(value) or "no keys")
    for key, entry in value.items():
        if not isinstance(key, str):
            return Fault((), "have texts as keys", described(key))
        if key not in properties and others is False:
            keys = f"have no keys but {listed(properties)}"
            return Fault((), keys, f"{shortened(key)}{nearest(key, properties)}")
        if key not in properties and pattern and not re.fullmatch(pattern, key):
            return Fault((), f"have keys that match {pattern}", described(key))
        each = properties.get(key, others)
        fault = None if each is True else _fault(entry, each, schema)
        if fault is not None:
            return fault._replace(path=(key, *fault.path))
    return None


def _fault_of_list(
    value: Sequence[Any], rule: Mapping[str, Any], schema: Mapping[str, Any]
) -> Fault | None:
    first, others = rule.get("prefixItems", ()), rule.get("items", {})
    for index, entry in enumerate(value):
        fault = _fault(entry, first[index] if index < len(first) else others, schema)
        if fault is not None:
            return fault._replace(path=(index, *fault.path))
    if rule.get("uniqueItems"):
        seen = set()
        for index, entry in enumerate(value):
            text = json.dumps(entry, sort_keys=True)
            if text in seen:
                return Fault((index,), "be met once", f"{shortened(entry)} again")
            seen.add(text)
    return None


def _is_any(value: Any, rule: Mapping[str, Any]) -> bool:
    """Tell whether a value is of one of the types."""
    return "type" not in rule or any(_is(value, each) for each in _as_list(rule["type"]))


def _is(value: Any, name: str) -> bool:
    if not isinstance(value, _KINDS[name]) or (isinstance(value, bool) and name != "boolean"):
        return False
    # The comparison is false of NaN, and of an integer that no float holds.
    return name != "number" or abs(value) <= sys.float_info.max


def _is_within(value: Any, rule: Mapping[str, Any]) -> bool:
    """Tell whether a value of the right type is one that the rule allows."""
    if "const" in rule:
        return type(value) is type(rule["const"]) and bool(value == rule["const"])
    if "enum" in rule:
        return any(type(value) is type(each) and value == each for each in rule["enum"])
    if isinstance(value, str):
        # A pattern of ours spans the text; in Python `$` alone would let a newline follow.
        return "pattern" not in rule or re.fullmatch(rule["pattern"], value) is not None
    if isinstance(value, (list, tuple)):
        fewest: float = rule.get("minItems", 0)
        longest: float = rule.get("maxItems", inf)
        return fewest <= len(value) <= longest
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        above: float = rule.get("exclusiveMinimum", -inf)
        least: float = rule.get("minimum", -inf)
        most: float = rule.get("maximum", inf)
        return above < value and least <= value <= most
    return True


def _expected(rule: Mapping[str, Any]) -> str:
    """Say in words what a rule asks for."""
    if "const" in rule:
        return repr(rule["const"])
    if "enum" in rule:
        return f"one of {listed(rule['enum'])}"
    limits = ""
    for key, words in (
        ("minimum", "of at least"),
        ("exclusiveMinimum", "above"),
        ("maximum", "of at most"),
        ("pattern", "that matches"),
        ("minItems", "of at least"),
        ("maxItems", "of at most"),
    ):
        if key in rule:
            limits += f" {words} {rule[key]}" + (" items" if key.endswith("Items") else "")
    names = {
        "array": "a list",
        "boolean": "true or false",
        "integer": "an integer",
        "null": "null",
        "number": "a finite number",
        "object": "an object",
        "string": "a text",
    }
    return " or ".join(names[each] for each in _as_list(rule["type"])) + limits


def _as_list(types: str | list[str]) -> list[str]:
    return [types] if isinstance(types, str) else types

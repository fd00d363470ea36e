"""Parse a line as the strictest reader does."""

from __future__ import annotations

import json
from pkgutil import get_data
from typing import Any

import jsonschema

SCHEMA = get_data("ml_infra_utils.logging", "schemas/line-1.schema.json") or b""
VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA))


def parse_ours(line: str) -> dict[str, Any]:
    """Parse a line of the default shape, which the schema in the package describes."""
    parsed = parse(line)
    VALIDATOR.validate(parsed)
    return parsed


def parse(line: str) -> dict[str, Any]:
    assert "\n" not in line
    assert line.isascii()
    parsed = json.loads(line, parse_constant=_refuse, object_pairs_hook=_unique)
    assert isinstance(parsed, dict)
    return parsed


def altered(line: dict[str, Any]) -> dict[str, str]:
    """What could not stay as it was, by its path."""
    notes = line.get("_altered", [])
    paths = [note["path"] for note in notes]
    assert len(paths) == len(set(paths)), paths
    return {note["path"]: note["what"] for note in notes}


def _refuse(constant: str) -> object:
    raise AssertionError(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    parsed = dict(pairs)
    assert len(pairs) == len(parsed), f"a key comes twice among {[key for key, _ in pairs]}"
    return parsed

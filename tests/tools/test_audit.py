"""What the audit says of what pip-audit says."""

from __future__ import annotations

import json

import pytest

from tools.audit import verdict

CLEAN = {"name": "a", "version": "1", "vulns": []}
SKIPPED = {"name": "b", "skip_reason": "not found"}
BAD = {"name": "c", "version": "2", "vulns": [{"id": "CVE-2026-1"}]}


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        ([CLEAN, SKIPPED], "1 of 2 packages looked up, no known vulnerability"),
        ([SKIPPED], "audit skipped: the service knows none of the 1 packages from here"),
    ],
)
def test_it_says_what_was_looked_up(packages: list[object], expected: str) -> None:
    assert expected == verdict(json.dumps({"dependencies": packages}), "")


def test_a_vulnerability_fails_with_its_name() -> None:
    with pytest.raises(SystemExit, match="c 2: CVE-2026-1"):
        verdict(json.dumps({"dependencies": [CLEAN, BAD]}), "")


def test_a_service_out_of_reach_is_a_skip_with_its_reason() -> None:
    expected = "audit skipped: the service cannot be reached from here (no route)"
    assert expected == verdict("", "a warning\nno route\n")

"""The rules of versions and ranges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tools.release.versions import Level, admits, bump, level_of, text, widen

CATEGORIES = ["added", "changed", "deprecated", "removed", "fixed", "security"]
versions = st.builds(
    "{}.{}.{}{}".format,
    *[st.integers(0, 30)] * 3,
    st.sampled_from(["", "a1", "b2", "rc1"]),
)


@pytest.mark.parametrize(
    ("current", "category", "breaking", "expected"),
    [
        ("0.1.0", "added", False, "0.2.0"),
        ("0.1.0", "changed", False, "0.2.0"),
        ("0.1.0", "deprecated", False, "0.2.0"),
        ("0.1.0", "removed", False, "0.2.0"),
        ("0.1.0", "fixed", False, "0.1.1"),
        ("0.1.0", "security", False, "0.1.1"),
        ("0.1.0", "fixed", True, "0.2.0"),
        ("1.2.3", "added", False, "1.3.0"),
        ("1.2.3", "changed", False, "1.3.0"),
        ("1.2.3", "deprecated", False, "1.3.0"),
        ("1.2.3", "removed", False, "2.0.0"),
        ("1.2.3", "fixed", False, "1.2.4"),
        ("1.2.3", "security", False, "1.2.4"),
        ("1.2.3", "changed", True, "2.0.0"),
        ("1.0.0rc1", "fixed", False, "1.0.0"),
        ("1.0.0rc1", "removed", False, "1.0.0"),
        ("1.1.0b1", "added", False, "1.1.0"),
        ("1.1.0b1", "removed", False, "2.0.0"),
        ("1.1.1a1", "added", False, "1.2.0"),
    ],
)
def test_news_decides_the_next_version(
    current: str, category: str, breaking: bool, expected: str
) -> None:
    assert expected == bump(current, level_of(current, category, breaking=breaking))


@pytest.mark.parametrize(
    ("pins", "version", "expected"),
    [
        (">=0.1,<0.2", "0.2.0", ">=0.1,<0.3"),
        (">=0.1,<0.2", "0.7.3", ">=0.1,<0.8"),
        (">=0.1,<0.3", "1.0.0", ">=0.1,<2"),
        (">=0.1,<0.3", "1.0.0rc1", ">=0.1,<2"),
        (">=1.2,<2", "2.0.0", ">=1.2,<3"),
    ],
)
def test_a_range_is_widened_at_its_upper_end(pins: str, version: str, expected: str) -> None:
    assert expected == text(widen(SpecifierSet(pins), version))


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.1.0", True), ("0.1.9", True), ("0.1.5rc1", True), ("0.2.0", False), ("0.0.9", False)],
)
def test_a_range_admits_what_lies_in_it(version: str, expected: bool) -> None:
    assert expected == admits(SpecifierSet(">=0.1,<0.2"), version)


@given(versions, st.sampled_from(Level))
def test_a_bump_goes_forwards_to_a_final_version(current: str, level: Level) -> None:
    following = Version(bump(current, level))
    assert following > Version(current)
    assert not following.is_prerelease


@given(versions, st.sampled_from(CATEGORIES), st.booleans())
def test_a_widened_range_admits_the_version_and_all_it_did(
    current: str, category: str, breaking: bool
) -> None:
    pins = SpecifierSet(f">={Version(current).base_version},<{Version(current).major + 1}")
    following = bump(current, level_of(current, category, breaking=breaking))
    widened = widen(pins, following)
    assert admits(widened, following)
    assert admits(widened, Version(current).base_version)

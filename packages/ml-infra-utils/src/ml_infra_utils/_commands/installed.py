"""What of ml-infra is installed, as the metadata of the distributions tells."""

from __future__ import annotations

import json
import operator
import re
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import urlsplit
from urllib.request import url2pathname

if TYPE_CHECKING:
    from importlib.metadata import Distribution

PREFIX = "ml-infra-"
META = "ml-infra-utils"
PORTIONS = ("decorators", "logging", "metrics", "preprocessing")
_RANGE = re.compile(r"(ml-infra-[a-z0-9-]+) *\(?([<>=!~0-9a-z.,* ]*)\)?")
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass
class Installed:
    """A distribution that is installed.

    Parameters
    ----------
    name, version : str
        What the metadata says.
    folder : str
        Where its metadata lies, or its sources if it is editable.
    kind : {"wheel", "editable", "unpacked"}
        How it was installed; "unpacked" without a record of how.
    tags : list of str
        For which Pythons and machines its wheel was built.
    files : list of str or None
        What its record lists.
    """

    name: str
    version: str
    folder: str
    kind: str
    tags: list[str]
    files: list[str] | None


def installed() -> list[Installed]:
    """Return what is installed of ours, by name; what Python finds first comes first."""
    found: dict[tuple[str, str], Installed] = {}
    for distribution in metadata.distributions():
        name = (distribution.metadata["Name"] or "").lower().replace("_", "-")
        if name.startswith(PREFIX):
            one = _of(name, distribution)
            found.setdefault((one.name, one.folder), one)
    return sorted(found.values(), key=lambda one: one.name)


def _of(name: str, distribution: Distribution) -> Installed:
    folder, kind = str(distribution.locate_file("")), "wheel"
    origin = distribution.read_text("direct_url.json")
    if origin is not None:
        told = json.loads(origin)
        if told.get("dir_info", {}).get("editable"):
            folder, kind = url2pathname(urlsplit(told["url"]).path), "editable"
    elif distribution.read_text("RECORD") is None:
        kind = "unpacked"
    wheel = distribution.read_text("WHEEL") or ""
    tags = re.findall(r"^Tag: *(\S+)", wheel, re.MULTILINE)
    files = None if distribution.files is None else [str(file) for file in distribution.files]
    return Installed(name, distribution.version, folder, kind, tags, files)


def versions() -> str:
    """Return the versions of the five distributions, one a line."""
    there = {one.name: one.version for one in reversed(installed())}
    ours = [META, *(PREFIX + portion for portion in PORTIONS)]
    lines = [f"{name} {there.pop(name, 'is not installed')}" for name in ours]
    return "\n".join([*lines, *(f"{name} {there[name]}" for name in sorted(there))])


def outside() -> list[tuple[str, str, str]]:
    """Return the portions that do not lie in the ranges of the meta-package: name, version, range.

    The version is empty where a portion is missing.
    """
    try:
        wanted = metadata.requires(META) or []
    except metadata.PackageNotFoundError:
        return []
    there = {one.name: one.version for one in reversed(installed())}
    found = []
    for requirement in wanted:
        match = _RANGE.match(requirement)
        if match is None or "extra ==" in requirement:
            continue
        name, limits = match[1].strip(), match[2].strip()
        version = there.get(name, "")
        if not version or not is_within(version, limits):
            found.append((name, version, limits))
    return found


def is_within(version: str, limits: str) -> bool:
    """Tell whether a version lies in a range such as ``>=0.1,<0.3``."""
    for limit in filter(None, map(str.strip, limits.split(","))):
        sign = re.match(r"[<>=!~]+", limit)
        if sign is None or sign[0] not in _ORDER:
            continue
        if not _ORDER[sign[0]](_key(version), _key(limit[sign.end() :])):
            return False
    return True


def _key(version: str) -> tuple[tuple[int, ...], bool]:
    """Return what versions are ordered by: a candidate comes before its release."""
    match = re.match(r"\s*(\d+(?:\.\d+)*)", version)
    numbers = [int(each) for each in match[1].split(".")] if match else [0]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    is_final = re.search(r"\d(a|b|rc|\.dev)\d*", version) is None
    return tuple(numbers), is_final

"""Upload what was released and tag it, so that the same command can always be given again."""

from __future__ import annotations

import argparse
import math
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement

from tools import changelog
from tools.build import build
from tools.history import History
from tools.program import program
from tools.progress import say
from tools.projects import ROOT, closure, projects, select
from tools.publish import tags
from tools.publish.bill_of_materials import write_sbom
from tools.publish.target import Target, TargetError, project_of, sha256
from tools.publish.targets import target
from tools.scratch import scratch
from tools.third_party import fetch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from packaging.version import Version

    from tools.build import Files
    from tools.history import Snapshot
    from tools.projects import Project


@dataclass(frozen=True)
class Release:
    """A version of a distribution that was released, and what it was built from."""

    project: Project
    snapshot: Snapshot

    def __str__(self) -> str:
        return f"{self.project.name} {self.project.version}"

    @property
    def tag(self) -> str:
        return self.project.tag

    @property
    def notes(self) -> str:
        """Its section of the changelog, without the heading."""
        (section,) = (
            text
            for version, text in changelog.sections(self.snapshot.changelog).items()
            if str(version) == self.project.version
        )
        return section.partition("\n")[2].strip() + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Publish from the command line."""
    with program():
        _run(_parser().parse_args(arguments))


def _run(options: argparse.Namespace) -> None:
    root = options.root.resolve()
    names, extras = _names(options.portion, projects(root))  # before an index is started for them
    if options.build is not None:
        build_only(root, names, options.build)
        return
    to = target(options.to, timeout=options.timeout, read=options.read)
    is_released = not to.is_trial if options.tag is None else options.tag
    publish(root, names, to, extras=extras, tag=is_released)


def publish(
    root: Path,
    names: Sequence[str],
    to: Target,
    *,
    tag: bool,
    extras: Mapping[str, set[str]] | None = None,
) -> None:
    """Bring releases where they belong: those named, or all that have no tag.

    With `tag`, what is uploaded is released: its commit has to be on main or on a release branch,
    where everybody has it, and gets the tag.
    """
    remote = tags.remote_of(root) if tag else None
    if remote:
        tags.fetch(root, remote)
    releases = find_releases(root, names, remote)
    if not releases:
        print("nothing to publish: each version that was released has its tag")
        return
    if tag:
        commits = {str(release): release.snapshot.commit for release in releases}
        tags.reject_what_is_not_shared(root, commits, remote)
    history = History(root)
    wanted = [release.snapshot for release in releases]
    if to.closed:
        wanted = _with_siblings(root, releases, extras or {})
    with scratch() as folder:
        sources = [history.sources(snapshot, folder) for snapshot in wanted]
        say(f"Building: {', '.join(project.portion for project in sources)}")
        built = [build(project.folder, folder / "dist") for project in sources]
        others = _third_party(sources, folder, extras, to)
        say(f"Publishing to {to}")
        paths = [*others, *(path for files in built for path in _paths(files))]
        send(paths, to, ask(paths, to))
        to.finish(_yanked(root))
        confirm(paths, to)
        for release in releases if tag else []:
            tags.put(root, release.tag, release.snapshot.commit, str(release), remote)
            print(f"    tagged: {release.tag}", flush=True)
    last = releases[-1].project  # by its version: it may be a candidate, or of an older line
    print(to.usage(f"{last.name}=={last.version}"))


def build_only(root: Path, names: Sequence[str], into: Path) -> None:
    """Build the releases, each into a folder of its name; beside it notes and a list of parts."""
    history = History(root)
    with scratch() as folder:
        for release in find_releases(root, names):
            own = into / release.project.name
            own.mkdir(parents=True, exist_ok=True)
            built = history.build(release.snapshot, folder)
            write_sbom(built.wheel).replace(into / f"{release.tag}.cdx.json")
            for path in _paths(built):
                shutil.move(path, own)
            (into / f"{release.tag}.md").write_text(release.notes, encoding="utf-8")
            print(release.project.name)


def find_releases(root: Path, names: Sequence[str], remote: str | None = None) -> list[Release]:
    """Return the releases of the portions that are named, or of all that have no tag yet."""
    history, tagged = History(root), tags.of_all(root, remote)
    found = []
    for project in select(names or ["all"], projects(root)):
        snapshot = history.release(project)
        if snapshot is None and names:
            raise SystemExit(
                f"{project.name} {project.version} was not released: `release -- plan` says what "
                "would be"
            )
        if snapshot is not None and (names or project.tag not in tagged):
            found.append(Release(project, snapshot))
    return found


def _with_siblings(
    root: Path, releases: Sequence[Release], extras: Mapping[str, Collection[str]]
) -> list[Snapshot]:
    """Return what an installation finds in a closed index: the siblings too, those first.

    A sibling that runs on fewer Pythons comes with the last release that ran on the others.
    """
    known, history = projects(root), History(root)
    found: dict[tuple[str, str], Snapshot] = {}
    for project in (release.project for release in releases):
        siblings = closure(project, known, extras.get(project.portion, ()))
        for release in find_releases(root, [sibling.portion for sibling in siblings]):
            dropped = [p for p in project.pythons if p not in release.project.pythons]
            older = (history.newest_for(release.project, python) for python in dropped)
            for snapshot in (*older, release.snapshot):
                if snapshot is not None:
                    found[snapshot.commit, snapshot.folder] = snapshot
    return list(found.values())


def send(paths: Sequence[Path], to: Target, there: Mapping[str, str | None]) -> None:
    """Upload the files that are not there yet, in their order.

    Raises
    ------
    SystemExit
        If an upload fails and the file is not there after all, as it would be if somebody else
        published at once. It says what is left, which is what the same call will do.
    """
    for path in paths:
        if path.name in there:
            print(f"    there already: {path.name}", flush=True)
    left = [path for path in paths if path.name not in there]
    for number, path in enumerate(left):
        try:
            to.upload(path)
        except TargetError as error:
            if not _is_there_now(path, to):
                names = ", ".join(p.name for p in left[number:])
                raise SystemExit(
                    f"{path.name} was not uploaded: {error}\nThe same command goes on with: {names}"
                ) from None
        print(f"    uploaded: {path.name}", flush=True)


def ask(paths: Sequence[Path], to: Target) -> dict[str, str | None]:
    """Return what is there of these projects; stop if it has other content than ours.

    Content that the target tells no hash of is not compared.
    """
    try:
        there = to.hashes(sorted({project_of(path.name) for path in paths}))
    except TargetError as error:
        raise SystemExit(
            f"{to} cannot be asked what it has, so nothing was uploaded: {error}"
        ) from None
    if other := [p.name for p in paths if there.get(p.name) not in (None, sha256(p))]:
        raise SystemExit(
            f"{to} has other content under the name {', '.join(other)}; nothing was uploaded. "
            "A released file is never replaced: release a new version"
        )
    return there


def confirm(paths: Sequence[Path], to: Target) -> None:
    """Wait until the target shows what it took: some answer every upload, and some are slow."""
    deadline = time.monotonic() + to.patience
    while missing := [path.name for path in paths if path.name not in ask(paths, to)]:
        if time.monotonic() > deadline:
            raise SystemExit(
                f"{to} does not show {', '.join(missing)}, so nothing was tagged. Is that where "
                "uploads are read? Then give the same command again in a while"
            )
        time.sleep(1)


def _is_there_now(path: Path, to: Target) -> bool:
    try:
        there = to.hashes([project_of(path.name)])
    except TargetError:
        return False
    return path.name in there and there[path.name] in (None, sha256(path))


def _third_party(
    chosen: Sequence[Project],
    folder: Path,
    extras: Mapping[str, set[str]] | None,
    to: Target,
) -> list[Path]:
    """Return the packages of others that a closed target needs, for each Python that we support."""
    if not to.closed:
        return []
    pythons = sorted({python for project in chosen for python in project.pythons})
    say(f"Fetching what they need on Python {', '.join(pythons) or 'here'}")
    return fetch(chosen, folder / "third-party", pythons=pythons, extras=extras)


def _yanked(root: Path) -> dict[str, set[Version]]:
    return {
        project.name: changelog.yanked(project.read_changelog())
        for project in projects(root).values()
    }


def _names(
    texts: Sequence[str], known: dict[str, Project]
) -> tuple[list[str], dict[str, set[str]]]:
    """Return the names, and the extras by portion, of words such as ``metrics[plot]``."""
    try:
        parsed = [Requirement(text) for text in texts]
    except InvalidRequirement as error:
        raise SystemExit(f"expected portions such as metrics or metrics[plot]: {error}") from None
    if ranged := [text for text, r in zip(texts, parsed, strict=True) if str(r.specifier) or r.url]:
        raise SystemExit(f"{ranged[0]}: the version is the one that was released last; name none")
    extras = {p.portion: r.extras for r in parsed for p in select([r.name], known) if r.extras}
    return [r.name for r in parsed], extras


def _paths(files: Files) -> list[Path]:
    return [files.sdist, files.wheel]


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"expected a number of seconds above 0, got {text!r}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="publish", description=__doc__)
    parser.add_argument(
        "--root",
        type=Path,
        default=ROOT,
        metavar="FOLDER",
        help="another checkout, such as an older line",
    )
    parser.add_argument(
        "portion",
        nargs="*",
        help="which, or: all; with extras for a closed index: 'metrics[plot]'; those without a tag "
        "where none is named",
    )
    parser.add_argument(
        "--to",
        default="devpi",
        metavar="TARGET",
        help="devpi (on this machine), pypi, testpypi, a name of .pypirc, a URL to upload to, or a "
        "folder",
    )
    parser.add_argument("--read", metavar="URL", help="the index's simple API, if it is not found")
    parser.add_argument("--timeout", type=_seconds, default=120, help="seconds for one upload")
    parser.add_argument(
        "--tag",
        action=argparse.BooleanOptionalAction,
        help="tag what is uploaded, as released (default: not for devpi, testpypi and folders)",
    )
    parser.add_argument("--build", type=Path, metavar="FOLDER", help="build there; upload nothing")
    return parser

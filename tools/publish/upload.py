"""Upload tagged releases to an index, so that the same command can always be given again."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tools import git
from tools.build import Files, build
from tools.index import fetch
from tools.progress import say
from tools.projects import ROOT, Project, projects, select
from tools.publish.targets import Target, TargetError, project_of, sha256, target
from tools.signals import ending_in_order

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Publish from the command line."""
    parser = argparse.ArgumentParser(prog="publish", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    parser.add_argument("portion", nargs="+", help="what to publish, or: all")
    parser.add_argument(
        "--to",
        default="devpi",
        metavar="TARGET",
        help="devpi (on this machine), pypi, testpypi, a URL to upload to, or a folder",
    )
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one upload")
    options = parser.parse_args(arguments)
    with ending_in_order():
        publish(options.root.resolve(), options.portion, options.to, timeout=options.timeout)


def publish(root: Path, portions: Sequence[str], where: str, *, timeout: float) -> None:
    """Build the tagged releases of the portions and bring them where they belong."""
    ordered = select(portions, projects(root))
    to = target(where, timeout=timeout)
    with tempfile.TemporaryDirectory(prefix="ml-infra-publish-") as folder:
        say(f"Building from tags: {', '.join(project.portion for project in ordered)}")
        built = build_tags(root, ordered, Path(folder))
        paths = [path for files in built for path in (files.sdist, files.wheel)]
        if to.closed:
            paths = [*fetch(ordered, Path(folder) / "third-party"), *paths]
        say(f"Publishing to {to}")
        send(paths, to)
    print(to.usage(ordered[-1].name))


def build_tags(root: Path, chosen: Sequence[Project], folder: Path) -> list[Files]:
    """Build each project as it was when its version was tagged."""
    tags = git.tags(root)
    if missing := [project.tag for project in chosen if project.tag not in tags]:
        raise SystemExit(
            f"no tag {', '.join(missing)}: release it first (`release -- plan`), or bring the "
            "tags here with `git fetch --tags`"
        )
    built = []
    for project in chosen:
        source = project.folder.relative_to(root).as_posix()
        tagged = Project(git.export(root, project.tag, source, folder / project.tag))
        if tagged.tag != project.tag:
            raise SystemExit(f"the tag {project.tag} is on files of version {tagged.version}")
        built.append(build(tagged.folder, folder / "dist"))
    return built


def send(paths: Sequence[Path], to: Target) -> None:
    """Upload the files that are not there yet, in their order.

    A file that is there with the same content is left alone; one with other content stops
    everything before anything is uploaded.

    Raises
    ------
    SystemExit
        If a file differs from the one that is there, or an upload fails. It says what is done,
        and what the same call will do next.
    """
    try:
        there = to.hashes(sorted({project_of(path.name) for path in paths}))
    except TargetError as error:
        raise SystemExit(
            f"{to} cannot be asked what it has, so nothing was uploaded: {error}"
        ) from None
    if other := [p.name for p in paths if there.get(p.name, sha256(p)) != sha256(p)]:
        raise SystemExit(
            f"{to} has other content under the name {', '.join(other)}; nothing was uploaded. "
            "A released file is never replaced: release a new version"
        )
    for path in paths:
        if path.name in there:
            print(f"    there already: {path.name}", flush=True)
    left = [path for path in paths if path.name not in there]
    for number, path in enumerate(left):
        try:
            to.upload(path)
        except TargetError as error:
            names = ", ".join(p.name for p in left[number:])
            raise SystemExit(
                f"{path.name} was not uploaded: {error}\n"
                f"{len(paths) - len(left) + number} of {len(paths)} files are there; "
                f"the same command goes on with: {names}"
            ) from None
        print(f"    uploaded: {path.name}", flush=True)
    to.finish()

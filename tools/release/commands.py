"""Plan a release, rehearse it where it harms nobody, and do it."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools import git
from tools.progress import step
from tools.projects import ROOT
from tools.release.commit import commit, copy
from tools.release.plan import Plan, load, make
from tools.release.rehearsal import rehearse
from tools.signals import ending_in_order

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `plan`, `rehearse` or `apply` from the command line."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # news may be beyond the terminal
    with ending_in_order():
        run(options)


def run(options: argparse.Namespace) -> None:
    """Run the command that was given."""
    root = options.root.resolve()
    if options.command == "apply":
        apply(root, load(_read(options.plan)))
        return
    choice = {
        "only": options.portion,
        "bumps": _once("--bump", options.bump),
        "versions": _once("--version", options.version),
    }
    if options.command == "plan":
        plan = make(root, **choice)
        print(plan.to_json() if options.json else plan.to_table())
        return
    with copy(root) as clone:
        with step("Planning, in a clone of the last commit"):
            plan = make(clone, **choice)
            print(plan.to_table())
        if plan.releases:
            with step("Writing versions, ranges and changelogs; committing and tagging"):
                commit(clone, plan)
            rehearse(clone, plan)
            print("The rehearsal succeeded, and this checkout is as it was.")


def apply(root: Path, plan: Plan) -> None:
    """Do what the plan says in the checkout, all of it or nothing: a commit, and a tag each."""
    if not plan.releases:
        print("nothing to release")
        return
    if not git.is_clean(root):
        raise SystemExit("the checkout has changes that are not committed: commit or stash them")
    branch = git.git(root, "rev-parse", "--abbrev-ref", "HEAD")
    if branch == "HEAD":
        raise SystemExit("HEAD is detached: switch to the branch to release from")
    if plan.tree != git.tree(root):
        raise SystemExit("the files are not those that the plan was made from: make it again")
    if taken := sorted({entry.tag for entry in plan.releases} & git.tags(root)):
        raise SystemExit(
            f"already there: the tag {', '.join(taken)}; if it was not published, remove it with "
            f"`git tag --delete {' '.join(taken)}`"
        )
    tags = [entry.tag for entry in plan.releases]
    with copy(root) as clone:
        commit(clone, plan)
        # The commit first: where it cannot become the branch, no tag has come either.
        git.git(root, "fetch", "--quiet", "--no-tags", str(clone), "HEAD")
        git.git(root, "merge", "--quiet", "--ff-only", git.git(clone, "rev-parse", "HEAD"))
        refs = [f"refs/tags/{tag}:refs/tags/{tag}" for tag in tags]
        git.git(root, "fetch", "--quiet", "--atomic", str(clone), *refs)
    pushes = "\n".join(f"  git push origin {tag}" for tag in tags)
    print(
        f"Committed and tagged: {', '.join(tags)}\n"
        "Nothing was pushed. Each pushed tag publishes one distribution, so push them one by one:\n"
        f"  git push origin {branch}\n{pushes}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="release", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    commands = parser.add_subparsers(dest="command", required=True)
    plan = commands.add_parser("plan", help="say what would be released")
    plan.add_argument("--json", action="store_true", help="as the document that apply takes")
    for command in (plan, commands.add_parser("rehearse", help="do it all where nobody sees it")):
        command.add_argument("portion", nargs="*", help="only these; all where none is named")
        for option, what in (("--bump", "patch, minor or major"), ("--version", "a version")):
            command.add_argument(
                option,
                metavar="PORTION=VALUE",
                action="append",
                default=[],
                type=_assignment,
                help=f"{what}, whatever the news asks for",
            )
    command = commands.add_parser("apply", help="do it here: one commit, a tag each, no push")
    command.add_argument("--plan", type=Path, required=True, help="what plan --json printed")
    return parser


def _once(option: str, assignments: Sequence[tuple[str, str]]) -> dict[str, str]:
    wanted = dict(assignments)
    if len(wanted) < len(assignments):
        raise SystemExit(f"{option} is given twice for one portion")
    return wanted


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"cannot read the plan {path}: {error}") from None


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"expected PORTION=VALUE, got {text!r}")
    return name, value

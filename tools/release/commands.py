"""Plan a release, rehearse it where it harms nobody, and make its commit."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools import changelog, git
from tools.clone import bring, copy, tidy
from tools.program import program
from tools.progress import step
from tools.projects import ROOT, projects
from tools.release.commit import commit
from tools.release.planning import make
from tools.release.rehearsal import rehearse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tools.projects import Project


# The branch of the pull request that always holds the next release.
PROPOSED = "next-release"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `plan`, `rehearse`, `apply` or `propose` from the command line."""
    with program():
        run(_parser().parse_args(arguments))


def run(options: argparse.Namespace) -> None:
    """Run the command that was given."""
    root = options.root.resolve()
    if options.command == "apply" and options.plan is not None:
        document = _read(options.plan)
        asked = document["asked"]
    else:
        document = None
        asked = {
            "only": options.portion,
            "bumps": _once("--bump", options.bump),
            "versions": _once("--version", options.version),
        }
    if options.command == "plan":
        plan = make(root, **asked)
        print(plan.to_json() if options.json else plan.to_table())
    elif options.command == "apply":
        apply(root, asked, document)
    elif options.command == "propose":
        propose(root, asked, options.remote, options.body)
    else:
        try_out(root, asked)


def try_out(root: Path, asked: dict[str, Any]) -> None:
    """Do all of a release in a clone, against an index that is thrown away."""
    with copy(root) as clone:
        with step("Planning, in a clone of the last commit"):
            plan = make(clone, **asked)
            print(plan.to_table())
        if not plan.is_empty:
            with step("Writing versions, ranges, changelogs and lock, in one commit"):
                commit(clone, plan)
            rehearse(clone, plan)
            print("The rehearsal succeeded, and this checkout is as it was.")


def apply(root: Path, asked: dict[str, Any], document: dict[str, Any] | None = None) -> None:
    """Make the commit of a release in the checkout: all of it, or nothing.

    It is made in a clone. An interrupted call that brought it here is found by its commit; one
    that brought a part of it is taken back.
    """
    tidy(root)
    branch = git.branch(root)
    if branch is None:
        raise SystemExit("HEAD is detached: switch to the branch to release from")
    if document is not None and _is_applied(root, document):
        print(f"This plan was applied already: {git.git(root, 'log', '-1', '--format=%h %s')}")
        return
    if document is not None and document["tree"] != git.tree(root):
        raise SystemExit("the files are not those that the plan was made from: make it again")
    plan = make(root, **asked)
    if document is not None and json.loads(plan.to_json()) != document:
        raise SystemExit("the plan was changed after it was made: make it again")
    if plan.is_empty:
        print("nothing to release")
        return
    with copy(root) as clone:
        bring(root, clone, commit(clone, plan))
    print(
        f"Committed: {plan.message}\n"
        f"Push it (git push origin {branch}), or propose it as a pull request and squash that.\n"
        "On main, `publish` uploads each version that has no tag yet, and tags it."
    )


def propose(root: Path, asked: dict[str, Any], remote: str, body: Path | None) -> None:
    """Push the commit of the next release to a branch of its own, and say what is in it.

    `body` takes the text for the pull request; it is not written if there is nothing to release.
    """
    with copy(root) as clone:
        plan = make(clone, **asked)
        if plan.is_empty:
            print("nothing to release")
            return
        made = commit(clone, plan)
        # From the clone: it has none of the hooks that a push from here would run.
        where = git.git(root, "remote", "get-url", "--push", remote)
        git.git(clone, "push", "--quiet", "--force", where, f"{made}:refs/heads/{PROPOSED}")
        known = projects(clone)
        told = [_newest_section(known[entry.portion]) for entry in plan.releases]
    text = "\n".join([f"```\n{plan.to_table()}\n```\n", *told])
    if body is None:
        print(text)
    else:
        body.write_text(text, encoding="utf-8")
        print(f"Pushed to {remote}, branch {PROPOSED}: {plan.message}")


def _newest_section(project: Project) -> str:
    """Return the newest section of a changelog, under the name of its distribution."""
    section = next(iter(changelog.sections(project.read_changelog()).values()))
    return f"# {project.name}\n\n{section}"


def _is_applied(root: Path, document: dict[str, Any]) -> bool:
    """Return whether the last commit is that of the plan."""
    before = git.object_at(root, "HEAD~1^{tree}")
    subject = git.git(root, "log", "-1", "--format=%s")
    return (before, subject) == (document["tree"], document["message"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="release", description=__doc__)
    parser.add_argument(
        "--root",
        type=Path,
        default=ROOT,
        metavar="FOLDER",
        help="another checkout, such as an older line",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    plan = commands.add_parser("plan", help="say what would be released")
    plan.add_argument("--json", action="store_true", help="as the document that apply takes")
    apply = commands.add_parser("apply", help="make the commit here; nothing is pushed")
    apply.add_argument("--plan", type=Path, help="only as this output of plan --json says")
    propose = commands.add_parser("propose", help=f"push the commit to the branch {PROPOSED}")
    propose.add_argument("--remote", default="origin", help="where to (default: origin)")
    propose.add_argument("--body", type=Path, help="a file for the text of the pull request")
    rehearse = commands.add_parser("rehearse", help="do it all where nobody sees it")
    for command in (plan, rehearse, apply, propose):
        command.add_argument("portion", nargs="*", help="only these; all where none is named")
        for option, what in (
            ("--bump", "patch, minor, major, or final after a candidate"),
            ("--version", "a version"),
        ):
            command.add_argument(
                option,
                metavar="PORTION=VALUE",
                action="append",
                default=[],
                type=_assignment,
                help=f"{what}, whatever the news asks for",
            )
    return parser


def _once(option: str, assignments: Sequence[tuple[str, str]]) -> dict[str, str]:
    wanted = dict(assignments)
    if len(wanted) < len(assignments):
        raise SystemExit(f"{option} is given twice for one portion")
    return wanted


def _read(path: Path) -> dict[str, Any]:
    """Return the document of a plan."""
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if {"tree", "asked", "message", "releases"} <= document.keys():
            return document
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"cannot read the plan {path}: {error}") from None
    except (ValueError, AttributeError):
        pass
    raise SystemExit(f"{path} is not a plan of `release -- plan --json`")


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"expected PORTION=VALUE, got {text!r}")
    return name, value

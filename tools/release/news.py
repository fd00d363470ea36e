"""News fragments and changelogs: which there are, and what towncrier makes of them."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import tomlkit
from packaging.version import Version

from tools import git
from tools.changelog import last_final, sections
from tools.program import program
from tools.projects import ROOT, Project, find, projects
from tools.release.versions import Level, bump, level_of
from tools.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# What editors and file managers leave beside the files that people write.
_JUNK = re.compile(
    r"[.#~].*|.*~|.*___|.*\.(sw[a-z]|bak|orig|rej|save|tmp)|Thumbs\.db|desktop\.ini|4913",
    re.IGNORECASE,
)

REPOSITORY = "https://github.com/ml-infra-utils/ml-infra-utils"
BREAKING = "**Breaking:**"


class NewsError(SystemExit):
    """A fragment, or the lack of one, that a person has to mend."""


@dataclass(frozen=True)
class Fragment:
    """One piece of news, from a file of its own."""

    category: str
    text: str

    def __str__(self) -> str:
        return f"{self.category}: {self.text}"

    @property
    def breaking(self) -> bool:
        return self.text.startswith(BREAKING)


def categories(root: Path = ROOT) -> list[str]:
    """Return the categories of a changelog, in its order."""
    return [str(kind["directory"]) for kind in _shared(root)["type"]]


def fragments(project: Project, root: Path = ROOT) -> list[Fragment]:
    """Return the project's fragments by name; one of an unknown category is an error."""
    known = categories(root)
    found = []
    for path in sorted(_folder(project, root).glob("*")):
        if _JUNK.fullmatch(path.name):  # so is .gitignore, which keeps the folder in git
            continue
        where = path.relative_to(root).as_posix()
        named = rf"(\+.+|\d+)\.(?P<category>{'|'.join(known)})(\.\d+)?\.md"
        match = re.fullmatch(named, path.name)
        if match is None:
            raise NewsError(
                f"{where}: expected +NAME.CATEGORY.md, or the number of an issue for +NAME, with a "
                f"category of {', '.join(known)}"
            )
        found.append(Fragment(match["category"], _text(path, where)))
    return found


def _text(path: Path, where: str) -> str:
    if path.is_symlink():
        raise NewsError(f"{where} is a symbolic link: make it a file")
    try:
        text = " ".join(path.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise NewsError(f"{where} cannot be read as UTF-8 text: {error}") from None
    if not text:
        raise NewsError(f"{where} is empty: tell users what changed")
    if not text.startswith(BREAKING) and re.match(r"\W*breaking\b", text, re.IGNORECASE):
        raise NewsError(f"{where}: to say that it breaks, begin exactly with {BREAKING}")
    return text


def _folder(project: Project, root: Path) -> Path:
    return root / "changelog.d" / project.portion


def reject_strays(known: Mapping[str, Project], root: Path = ROOT) -> None:
    """Raise for news in a folder that belongs to no distribution."""
    home = root / "changelog.d"
    for folder in [home, *sorted(home.glob("*"))]:
        if _JUNK.fullmatch(folder.name):
            continue
        if folder.is_symlink():
            where = folder.relative_to(root).as_posix()
            raise NewsError(f"{where} is a symbolic link: make it a folder")
        if folder.is_file() and folder.name in ("changelog.d", *known):
            where = folder.relative_to(root).as_posix()
            raise NewsError(f"{where} is a file: make it a folder of news")
        if folder == home:
            continue
        if folder.name not in known:
            near = get_close_matches(folder.name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "was it retired? Remove its news too"
            raise NewsError(
                f"changelog.d/{folder.name} belongs to no distribution: "
                f"expected one of {', '.join(known)}; {hint}"
            )


def level(current: str, news: Sequence[Fragment]) -> Level:
    """Return the level that the news asks for; that of a fix where there is none."""
    levels = (level_of(current, n.category, breaking=n.breaking) for n in news)
    return max(levels, default=Level.PATCH)


def preview(project: Project, version: str, root: Path = ROOT) -> str:
    """Return the changelog section that the fragments would make."""
    return _towncrier("build", "--draft", project=project, version=version, root=root)


def write_changelog(
    project: Project,
    version: str,
    date: str,
    root: Path = ROOT,
    *,
    also: Sequence[Fragment] = (),
) -> None:
    """Put the fragments on top of the project's changelog, and remove them with git.

    A pre-release leaves them, since the final release tells of them too; `also` is told with
    them, and never left.
    """
    more = [
        _folder(project, root) / f"+also-{number}.{fragment.category}.md"
        for number, fragment in enumerate(also)
    ]
    for path, fragment in zip(more, also, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fragment.text + "\n", encoding="utf-8")
        git.git(root, "add", str(path))
    keep = "--keep" if Version(version).is_prerelease else "--yes"
    _towncrier("build", keep, "--date", date, project=project, version=version, root=root)
    for path in more:
        git.git(root, "rm", "--quiet", "--force", "--ignore-unmatch", str(path))


def missing(base: str, root: Path = ROOT) -> list[Project]:
    """Return the projects whose sources changed since `base` without a word of news."""
    found = []
    for project in projects(root).values():
        source = (project.folder / "src").relative_to(root).as_posix()
        changed = git.git(root, "diff", "--name-only", f"{base}...HEAD", "--", source)
        if changed and not _has_news(project, base, root):
            found.append(project)
    return found


def _has_news(project: Project, base: str, root: Path) -> bool:
    """Return whether a fragment came since then, or a release that made a changelog of them."""
    folder = project.folder.relative_to(root).as_posix()
    listed = git.git(root, "diff", "--name-only", "--diff-filter=AMR", f"{base}...HEAD").split("\n")
    news = f"changelog.d/{project.portion}/"
    if any(name.startswith(news) and name.endswith(".md") for name in listed):
        return True
    return {f"{folder}/CHANGELOG.md", f"{folder}/pyproject.toml"} <= set(listed)


def main() -> None:
    """Run the command line."""
    with program():
        _run()


def _run() -> None:
    """Check that changes have news, or preview a changelog section."""
    parser = argparse.ArgumentParser(prog="news", description=_run.__doc__)
    parser.add_argument("--base", default="origin/main", help="the branch to compare with")
    commands = parser.add_subparsers(dest="command")
    show = commands.add_parser("preview", help="print the next section of a changelog")
    show.add_argument("portion")
    options = parser.parse_args()
    known = projects()
    reject_strays(known)
    if options.command == "preview":
        project = find(options.portion, known)
        news = fragments(project)
        version = bump(project.version, level(project.version, news)) if news else "Unreleased"
        print(preview(project, version))
        return
    for project in known.values():
        fragments(project)
    if silent := missing(options.base):
        raise NewsError(
            "\n".join(
                f"{p.name}: src/ changed since {options.base}, but changelog.d/{p.portion}/ got no "
                f"fragment; add one such as changelog.d/{p.portion}/+what-changed.fixed.md"
                for p in silent
            )
        )
    print(f"news: every distribution whose src/ changed since {options.base} tells of it")


def _towncrier(*arguments: str, project: Project, version: str, root: Path) -> str:
    with scratch() as folder:
        config = folder / "towncrier.toml"
        own = {
            "directory": f"changelog.d/{project.portion}",
            "filename": _changelog(project, root),
            "title_format": _title(project),
            "ignore": [p.name for p in _folder(project, root).glob("*") if _JUNK.fullmatch(p.name)],
        }
        config.write_text(tomlkit.dumps({"tool": {"towncrier": {**_shared(root), **own}}}), "utf-8")
        command = [sys.executable, "-m", "towncrier", *arguments, "--config", str(config)]
        command += ["--dir", str(root), "--version", version, "--name", project.name]
        done = subprocess.run(
            command, cwd=root, env=git.environment(), capture_output=True, text=True, check=False
        )
    if done.returncode != 0:
        raise NewsError(f"{project.name}: towncrier failed:\n{done.stderr or done.stdout}")
    return done.stdout


def _title(project: Project) -> str:
    """Return the heading of a release, with a link to all that changed since the last final one.

    A candidate's news stays where it is, so the sections after it tell of it again.
    """
    before = last_final(sections(project.read_changelog()))
    if before is not None:
        link = f"compare/{project.name}-v{before}...{project.name}-v{{version}}"
    else:
        link = f"releases/tag/{project.name}-v{{version}}"
    return f"## [{{version}}]({REPOSITORY}/{link}) - {{project_date}}"


def _changelog(project: Project, root: Path) -> str:
    return project.changelog.relative_to(root).as_posix()


def _shared(root: Path) -> dict[str, Any]:
    workshop = tomlkit.parse((root / "pyproject.toml").read_text(encoding="utf-8")).unwrap()
    shared: dict[str, Any] = workshop["tool"]["towncrier"]
    return shared


if __name__ == "__main__":
    main()

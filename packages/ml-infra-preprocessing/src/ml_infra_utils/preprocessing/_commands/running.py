"""How a command runs: what it prints, how it fails, and with which status it ends.

0 means that what was asked for holds, 1 that it does not, 2 that the command was used wrongly or
could not read or write something; an interruption gives 130, and a request to end 143. An error is
one line on standard error.

The portions share this text: a test of the distributions holds their copies equal.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import wraps
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, Callable, Mapping

if TYPE_CHECKING:
    from typing import Iterator, Sequence

    import typer

HOLDS, DOES_NOT_HOLD, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
DEBUG = "--debug"
LONGEST_LINE = 1_000


class CommandError(ValueError):
    """What ends a command, in one line."""


class Format(str, Enum):
    """The forms in which a command prints what it has found."""

    table = "table"
    json = "json"
    markdown = "markdown"
    github = "github"


@dataclass
class Report:
    """What a command has found, in every form that it can be printed in.

    Parameters
    ----------
    title : str
        What was looked at: the title of an annotation on GitHub.
    shown : object
        What `str` and `to_markdown` make a table of.
    document : mapping
        The same for programs: plain JSON.
    problems : list of str
        What does not hold, one line each; the status is 1 if there are any.
    file : str
        What an annotation points at.
    is_gate : bool
        Whether the document says what holds; a document of a state stays as it is.
    """

    title: str
    shown: Any
    document: Mapping[str, Any]
    problems: list[str] = field(default_factory=list)
    file: str = ""
    is_gate: bool = True

    def print(self, form: Format) -> int:
        """Print it; return the status."""
        show(getattr(self, f"_{form.value}")())
        return DOES_NOT_HOLD if self.problems else HOLDS

    def _table(self) -> str:
        return "\n".join([str(self.shown), *self.problems])

    def _json(self) -> str:
        document = dict(self.document)
        if self.is_gate:
            document.update(holds=not self.problems, problems=self.problems)
        return json.dumps(document, allow_nan=False)

    def _markdown(self) -> str:
        text: str = self.shown.to_markdown()
        return text + "".join(f"\n- {problem}" for problem in self.problems)

    def _github(self) -> str:
        told = [("error", each) for each in self.problems] + [("notice", str(self.shown))]
        return "\n".join(annotation(kind, self.title, text, self.file) for kind, text in told)


def annotation(kind: str, title: str, text: str, file: str = "") -> str:
    """Return an annotation of GitHub: an error, a warning or a notice, at a file maybe."""
    place = f"file={_property(file)}," if file not in ("", "-") else ""
    return f"::{kind} {place}title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def show(text: str) -> None:
    """Print, whatever the encoding of standard output can hold, and whether anybody still reads."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:
        forget_output()


def forget_output() -> None:
    """Write nothing more, also not at exit: the reader, such as `head`, has had enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(error: BaseException, debug: bool = False) -> int:
    """Tell of an error in one line; return the status."""
    if debug:
        import traceback

        traceback.print_exception(type(error), error, error.__traceback__)
        return UNUSABLE
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        text = f"{error.filename}: {error.strerror}"
    elif isinstance(error, OSError) and error.strerror:
        text = error.strerror
    elif isinstance(error, (OSError, TypeError, ValueError, ImportError)):
        text = str(error)
    elif isinstance(error, LookupError) and error.args:
        text = str(error.args[0])
    else:
        text = f"{type(error).__name__}: {error}; {DEBUG} shows where"
    return tell(text)


def tell(text: str) -> int:
    """Print an error as one line; return the status."""
    line = " ".join(text.split())
    line = "".join(each if each.isprintable() else repr(each)[1:-1] for each in line)
    line = line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    print(f"error: {line}".encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)
    return UNUSABLE


def guarded(command: Callable[..., int]) -> Callable[..., int]:
    """Return a command that is not stopped by its parser's own idea of pipes and of Ctrl-C."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> int:
        _open_closed_streams()
        try:
            status = command(*args, **options)
            sys.stdout.flush()
        except BrokenPipeError:
            forget_output()
            return HOLDS
        except KeyboardInterrupt:
            return INTERRUPTED
        return status

    return run


def run(app: typer.Typer, program: str, arguments: Sequence[str]) -> int:
    """Run a program of commands; return its status.

    `--debug` may stand anywhere. Without arguments the help is shown.
    """
    import typer

    debug = DEBUG in arguments
    left = [each for each in arguments if each != DEBUG] or ["--help"]
    misused: Any = typer.BadParameter.__base__  # of click, or of typer's own copy of it
    _open_closed_streams()
    try:
        with _ending_in_order():
            status = app(left, prog_name=program, standalone_mode=False)
    except misused as error:
        message = error.format_message()
        return tell(f"{message} ({program} --help tells more)") if message else UNUSABLE
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        forget_output()
        return HOLDS
    except SystemExit as error:
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        forget_output()  # the parser printed its help
        return HOLDS
    except Exception as error:
        return fail(error, debug)
    return status if isinstance(status, int) else HOLDS


def _open_closed_streams() -> None:
    """Let what is printed go nowhere, where the caller has closed a stream."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115  # for the whole process


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let a request to end unwind what runs, so that no file written aside is left behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Give the path of a file to write, which takes its place only once it is whole.

    A device or a pipe is written at once: it cannot be replaced.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    folder = path.parent
    try:
        with NamedTemporaryFile(
            dir=str(folder), prefix=f".{path.name}.", suffix=path.suffix, delete=False
        ) as file:
            aside = Path(file.name)
    except OSError as error:
        error.filename = str(path)
        raise
    try:
        yield aside
        _allow_as_usual(aside, path)
        aside.replace(path)
    except BaseException as error:
        aside.unlink()
        if isinstance(error, OSError) and error.filename in (None, str(aside)):
            error.filename = str(path)
        raise


def _allow_as_usual(aside: Path, path: Path) -> None:
    """Give the file the permissions of the one that it replaces, or those of a new one."""
    try:
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    aside.chmod(mode)


def write_text(path: Path, text: str) -> None:
    """Write a text file, aside first."""
    with written_aside(path) as aside:
        aside.write_text(text, encoding="utf-8")

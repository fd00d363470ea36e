"""A process that is killed between two of its git commands, wherever a test wants it."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Callable

import pytest

from tools import git

Job = Callable[[], None]
WRITING = ("add", "clone", "commit", "fetch", "merge", "push", "read-tree", "tag", "update-ref")


def git_commands(job: Job) -> list[str]:
    """Return the git commands that a job gives, by doing it in a process of its own."""
    reader, writer = os.pipe()
    child = _fork(job, before=lambda _, command: os.write(writer, f"{command}\n".encode()))
    os.close(writer)
    with os.fdopen(reader) as told:
        commands = told.read().splitlines()
    assert 0 == os.waitpid(child, 0)[1], "the job itself fails"
    return commands


def around(commands: list[str]) -> list[int]:
    """Return the places before and after each command that writes."""
    writing = [number for number, command in enumerate(commands) if command in WRITING]
    after = [number + 1 for number in writing if number + 1 < len(commands)]
    return sorted({*writing, *after})


def killed_before(where: int | str, job: Job) -> None:
    """Do a job in a process that is killed, with no time to tidy up, before a git command.

    That is the one of a number, or of a name.
    """

    def kill(position: int, command: str) -> None:
        if where in (position, command):
            os.kill(os.getpid(), signal.SIGKILL)

    _, status = os.waitpid(_fork(job, before=kill), 0)
    assert signal.SIGKILL == os.WTERMSIG(status)


def _fork(job: Job, before: Callable[[int, str], object]) -> int:
    if child := os.fork():
        return child
    status = 1
    with suppress(BaseException), pytest.MonkeyPatch.context() as patch:
        run, position = git.subprocess.run, iter(range(10**6))

        def counted(command: list[str], **options: object) -> object:
            if command[0] == "git":
                before(next(position), command[3] if command[1] == "-C" else command[1])
            return run(command, **options)

        patch.setattr(git.subprocess, "run", counted)
        job()
        status = 0
    os._exit(status)

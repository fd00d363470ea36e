"""Say what is being done while it is done."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def say(what: str) -> None:
    """Print the headline of what begins now."""
    print(f"==> {what}", flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is done in the block, and then how long it took."""
    start = time.perf_counter()
    say(what)
    yield
    print(f"    {time.perf_counter() - start:.1f} s", flush=True)

"""A package index that answers as a test wants it to."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Iterator

from tests.tools.serving import serving


@dataclass
class FakeIndex:
    """Uploads go to ``/legacy/``, and ``/simple/`` is where it is read, as on PyPI.

    `refusal` is the status and the reason that an upload meets, `fault` what a reader meets: a
    status, a type and a text. The pages have no hashes.
    """

    url: str = ""
    reads: str = "/simple/"
    refusal: tuple[int, str] | None = None
    fault: tuple[int, str, str] | None = None
    files: list[str] = field(default_factory=list)
    users: set[str] = field(default_factory=set)


class Handler(BaseHTTPRequestHandler):
    index: FakeIndex

    def do_GET(self) -> None:
        index = self.index
        if not self.path.startswith(index.reads):
            self._answer(404, "")
            return
        project = self.path[len(index.reads) :].strip("/").replace("-", "_")
        if index.fault is not None and (project or index.fault[0] >= 400):
            self._answer(index.fault[0], index.fault[2], index.fault[1])
            return
        links = [f'<a href="/f/{name}">{name}</a>' for name in index.files if project in name]
        self._answer(200, f"<!DOCTYPE html><title>x</title>{''.join(links)}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.index.users.add(self.headers.get("Authorization", ""))
        if self.index.refusal is not None:
            self._answer(*self.index.refusal)
            return
        self.index.files += re.findall(r'filename="([^"]+)"', body.decode("latin-1"))
        self._answer(200, "")

    def _answer(self, status: int, text: str, kind: str = "text/html") -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", "3600")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def fake_index(**options: object) -> Iterator[FakeIndex]:
    """Run such an index on this machine."""
    index = FakeIndex(**options)
    handler = type("BoundHandler", (Handler,), {"index": index})
    with serving(handler) as index.url:
        yield index

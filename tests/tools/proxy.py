"""A proxy before an index, with faults that a test asks for."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Iterator

import requests

from tests.tools.serving import serving


class Proxy:
    """Hand requests on to an index; the uploads from a given number on meet a fault instead.

    The faults: ``cut`` closes the connection in the middle of the upload, ``lost`` closes it
    after the index has taken the file, ``500`` answers with an error, ``slow`` answers late.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.fault: str | None = None
        self.spared = 0
        self.uploads = 0
        self.stored: list[str] = []
        self.url = ""

    def fail(self, number: int, fault: str) -> None:
        """Let the upload of that number, counted from now, meet the fault, and all that follow."""
        self.uploads, self.spared, self.fault = 0, number - 1, fault


class Handler(BaseHTTPRequestHandler):
    proxy: Proxy

    def do_GET(self) -> None:
        self._pass_on("GET", b"")

    def do_POST(self) -> None:
        proxy = self.proxy
        proxy.uploads += 1
        fault = proxy.fault if proxy.uploads > proxy.spared else None
        length = int(self.headers["Content-Length"])
        if fault == "cut":
            self.rfile.read(length // 2)
            self.connection.close()
            return
        body = self.rfile.read(length)
        if fault == "500":
            self.send_error(500)
        elif fault == "slow":
            time.sleep(1.5)
            self.connection.close()
        else:
            self._pass_on("POST", body, lost=fault == "lost")

    def _pass_on(self, method: str, body: bytes, *, lost: bool = False) -> None:
        with requests.Session() as client:
            client.trust_env = False
            headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
            url = self.proxy.upstream + self.path
            answer = client.request(method, url, data=body, headers=headers, allow_redirects=False)
        if method == "POST" and answer.ok:
            self.proxy.stored += re.findall(rb'filename="([^"]+)"', body)
        if lost:
            self.connection.close()
            return
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers.get("Content-Type", "text/plain"))
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Say nothing: what a test wants to know is in the proxy."""


@contextmanager
def proxied(upstream: str) -> Iterator[Proxy]:
    """Run a proxy before the server at that URL."""
    proxy = Proxy(upstream)
    handler = type("BoundHandler", (Handler,), {"proxy": proxy})
    with serving(handler) as proxy.url:
        yield proxy

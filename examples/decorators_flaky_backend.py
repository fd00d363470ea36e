"""Ask a backend that fails now and then, from many threads, and see what it cost.

The backend is a real HTTP server on this machine: it answers every fifth request with
503 and asks for a moment of patience. Run it with ml-infra-decorators installed:
``python examples/decorators_flaky_backend.py``
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.request import ProxyHandler, build_opener

from ml_infra_utils.decorators import (
    RetryBudget,
    RetryPolicy,
    Timings,
    remaining,
    retry,
    timed,
    timer,
)

POLICY = RetryPolicy.from_dict(
    {
        "max_attempts": 12,
        "delay": 0.02,
        "jitter": "full",
        "timeout": 10,
        "retry_after": 1,
        "exceptions": ["OSError"],
    }
)
requests = count(1)
open_url = build_opener(ProxyHandler({})).open


class Backend(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"path": self.path}).encode()
        if next(requests) % 5 == 0:
            self.send_response(503)
            self.send_header("Retry-After", "0.01")
            body = b""
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet: the timings tell more."""


class Server(ThreadingHTTPServer):
    request_queue_size = 64  # connections that wait to be accepted, of eight threads


def main() -> None:
    timings, budget = Timings(), RetryBudget(ratio=0.5, capacity=50)

    with Server(("127.0.0.1", 0), Backend) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

        @timer(output=None, record=timings)
        def features(user: int) -> str:
            return str(fetch(f"http://127.0.0.1:{server.server_port}/features/{user}"))

        @retry(POLICY, output=None, budget=budget, record=timings)
        def fetch(url: str) -> str:
            with open_url(url, timeout=remaining()) as answer:
                return str(json.load(answer)["path"])

        with timed("all", record=timings, unit="auto"), ThreadPoolExecutor(8) as pool:
            paths = list(pool.map(features, range(120)))
        server.shutdown()

    assert [f"/features/{user}" for user in range(120)] == paths
    print(f"{len(paths)} answers after {next(requests) - 1} requests; {budget}")
    print(timings)


if __name__ == "__main__":
    main()

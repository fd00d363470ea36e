"""Servers on this machine: what the examples with a service share."""

import threading
import time
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI, Response


@contextmanager
def served(app):
    """Run an app in a thread, and give its address; it stops when the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    try:
        yield "http://127.0.0.1:{1}".format(*server.servers[0].sockets[0].getsockname())
    finally:
        server.should_exit = True
        thread.join()


flaky, asked = FastAPI(), set()


@flaky.get("/users/{user}")
def user_of(user: int, response: Response) -> dict:
    """Answer with 503 to whoever asks for an even user the first time."""
    if user % 2 == 0 and user not in asked:
        asked.add(user)
        response.status_code, response.headers["Retry-After"] = 503, "0.05"
    return {"user": user}

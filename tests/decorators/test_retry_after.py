"""retry_after: the wait that a real server asks for, through the real clients."""

from __future__ import annotations

import asyncio
import email.message
import threading
import time
import urllib.error
import urllib.request
from datetime import timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from urllib.parse import unquote

import aiohttp
import botocore.session
import httpx
import pytest
import requests
from botocore.config import Config

from ml_infra_utils.decorators import retry, retry_on_condition
from ml_infra_utils.decorators.testing import VirtualClock

NOW = 1_700_000_000


@pytest.fixture(scope="module")
def server():
    """Answers 503 with the header that the path names, as ``/Retry-After=7``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(503)
            header, _, value = unquote(self.path.split("/")[1]).partition("=")
            if header == "Retry-After":
                self.send_header(header, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def with_requests(url):
    requests.get(url, timeout=5).raise_for_status()


def with_httpx(url):
    httpx.get(url, timeout=5).raise_for_status()


def with_urllib(url):
    with urllib.request.urlopen(url, timeout=5):
        pass


def with_aiohttp(url):
    async def get():
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            response.raise_for_status()

    asyncio.run(get())


def with_botocore(url):
    server, _, path = url.rpartition("/")
    client = botocore.session.Session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"{server}/{path}",
        aws_access_key_id="-",
        aws_secret_access_key="-",
        config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
    )
    try:
        client.list_objects_v2(Bucket="bucket")
    finally:
        client.close()


@pytest.fixture
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


every_client = pytest.mark.parametrize(
    "get", [with_requests, with_httpx, with_urllib, with_aiohttp, with_botocore]
)


@pytest.mark.usefixtures("no_proxy")
@every_client
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # urllib's error holds its response
def test_the_header_is_the_least_wait(get, server, waits):
    with pytest.raises(Exception, match="503"):
        retry(max_attempts=3, retry_after=60, output=None)(get)(f"{server}/Retry-After=7")
    assert [7.0, 7.0] == waits


@pytest.mark.usefixtures("no_proxy")
@every_client
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # urllib's error holds its response
def test_without_the_header_the_schedule_holds(get, server, waits):
    with pytest.raises(Exception, match="503"):
        retry(max_attempts=3, retry_after=60, output=None)(get)(f"{server}/")
    assert [1.0, 2.0] == waits


@pytest.mark.usefixtures("no_proxy")
def test_a_response_that_meets_the_condition_has_the_header(server, waits):
    get = retry_on_condition(2, 1, lambda r: r.status_code == 503, retry_after=60, output=None)(
        requests.get
    )

    assert 503 == get(f"{server}/Retry-After=7", timeout=5).status_code
    assert [7.0] == waits


# What is read, without a client


def error(*arguments, cause=None, **attributes):
    error = type("ApiError", (Exception,), attributes)(*arguments)
    error.__cause__ = cause
    return error


def asked_for(failure):
    """Return the seconds that a retry waits for, where the schedule has no wait."""
    results = iter([failure, "ok"])
    with VirtualClock() as clock:
        retry_on_condition(2, 0, lambda result: result is failure, retry_after=1e6, output=None)(
            lambda: next(results)
        )()
    return clock.waits[0]


def response(**headers):
    return SimpleNamespace(headers={name.replace("_", "-"): v for name, v in headers.items()})


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (error(), None),
        (error(retry_after=3), 3.0),
        (error(retry_after=2.5), 2.5),
        (error(retry_after=timedelta(minutes=2)), 120.0),
        (error(retry_after="soon", response=response(Retry_After="4")), 4.0),
        (error(retry_after=None), None),
        (error(retry_after=10**400), None),
        (error(response=None), None),
        (error(response=response()), None),
        (error(response=response(Retry_After="120")), 120.0),
        (error(response=response(retry_after="120")), 120.0),
        (error(response=response(RETRY_AFTER=" 1.5 ")), 1.5),
        (error(response=response(Retry_After="0")), 0.0),
        (error(response=response(Retry_After="-1")), None),
        (error(response=response(Retry_After="nan")), None),
        (error(response=response(Retry_After="inf")), None),
        (error(response=response(Retry_After="later")), None),
        (error(response=response(Retry_After="")), None),
        (error(response=response(Retry_After="Wednesday, -Oct-a15 07:28:00 GM")), None),
        (error(headers={"Retry-After": "5"}), 5.0),
        (error(headers={"retry-after-ms": "1500", "Retry-After": "2"}), 1.5),
        (error(headers={"x-ms-retry-after-ms": "250"}), 0.25),
        (error(headers={"retry-after-ms": "soon", "Retry-After": "2"}), 2.0),
        (error(headers={"RateLimit-Reset": "40"}), 40.0),
        (error(headers={"RateLimit-Reset": str(NOW + 40)}), 40.0),
        (error(headers={"RateLimit-Reset": str(NOW - 40)}), 0.0),
        (error(headers={"RateLimit-Reset": "40", "Retry-After": "5"}), 5.0),
        (error(cause=error(headers={"Retry-After": "5"})), 5.0),
        (error(retry_after=3, cause=error(headers={"Retry-After": "5"})), 3.0),
        (error(exceptions=(error(retry_after=2), error(), error(retry_after=7))), 7.0),
        (error(exceptions=(error(cause=error(retry_after=2)),)), 2.0),
        (error(exceptions="none"), None),
        (error(headers="Retry-After: 5"), None),
        (error(response={"ResponseMetadata": {"HTTPHeaders": {"retry-after": "6"}}}), 6.0),
        (error(response={"Error": {}}), None),
        (error(response={"ResponseMetadata": None}), None),
        (response(Retry_After="8"), 8.0),
        (None, None),
        ("text", None),
    ],
)
def test_seconds_are_found_wherever_a_client_keeps_them(monkeypatch, failure, expected):
    monkeypatch.setattr(time, "time", lambda: NOW)

    assert (expected or 0.0) == asked_for(failure)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60.0),  # IMF-fixdate
        ("Tuesday, 14-Nov-23 22:14:20 GMT", 60.0),  # RFC 850
        ("Tue Nov 14 22:14:20 2023", 60.0),  # asctime
        ("Tue, 14 Nov 2023 22:13:20 GMT", 0.0),
        ("Mon, 13 Nov 2023 00:00:00 GMT", 0.0),
        ("Tue, 99 Nov 2023 22:14:20 GMT", None),
        ("Tue, 14 Nov", None),
    ],
)
def test_dates_of_http_count_from_now(monkeypatch, date, expected):
    monkeypatch.setattr(time, "time", lambda: NOW)

    assert (expected or 0.0) == asked_for(response(Retry_After=date))


def test_a_date_counts_from_the_servers_own_clock(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: NOW - 3600)
    headers = {"Retry_After": formatdate(NOW + 30, usegmt=True), "Date": formatdate(NOW)}

    assert 30.0 == asked_for(response(**headers))


# What becomes of it


@pytest.mark.parametrize(
    ("asked", "cap", "delay", "expected"),
    [
        (30, 60, 1, 30.0),
        (30, 30, 1, 30.0),
        (0, 60, 1, 1.0),
        (30, 60, 45, 45.0),
        (30, None, 1, 1.0),
    ],
)
def test_the_wait_is_the_larger_of_schedule_and_header(flaky, waits, asked, cap, delay, expected):
    retry(delay=delay, retry_after=cap)(flaky(error(retry_after=asked), "ok"))()
    assert [expected] == waits


def test_a_wait_beyond_the_cap_ends_the_call_at_once(flaky, waits, capsys):
    with pytest.raises(Exception, match="busy") as caught:
        retry(delay=60, retry_after=5)(flaky(error("busy", retry_after=300)))()
    reason = "(a wait of 300.00 seconds is asked for, retry_after allows 5.00)"
    assert [] == waits
    assert capsys.readouterr().out == f"Flaky failed after 1 attempts: busy {reason}\n"
    assert caught.value.__notes__[0].endswith(reason)


@pytest.mark.parametrize(
    ("jitter", "least", "most"),
    [("full", 30.0, 34.0), ("equal", 30.0, 32.0), ("decorrelated", 30.0, 38.0)],
)
def test_jitter_comes_on_top(flaky, waits, jitter, least, most):
    retried = retry(delay=4, jitter=jitter, retry_after=60)
    for _ in range(50):
        retried(flaky(error(retry_after=30), "ok"))()
    assert least <= min(waits) < max(waits) <= most


def test_no_wait_is_longer_than_a_system_can_sleep(flaky, waits):
    retry(retry_after=1e12)(flaky(error(retry_after=1e11), "ok"))()
    assert [30 * 24 * 3600.0] == waits


def test_the_schedule_goes_on_where_no_wait_is_asked_for(flaky, waits):
    failures = [error(), error(retry_after=30), error()]

    assert "ok" == retry(max_attempts=4, retry_after=60)(flaky(*failures, "ok"))()
    assert [1.0, 30.0, 4.0] == waits


def test_a_wait_beyond_the_deadline_is_not_begun(flaky, waits):
    with pytest.raises(Exception, match="slow down"):
        retry(retry_after=60, timeout=20)(flaky(error("slow down", retry_after=30)))()
    assert [] == waits


def test_an_error_of_urllib_without_a_body_breaks_nothing(flaky, waits):
    # Its missing attributes are a KeyError on some versions of Python.
    headers = email.message.Message()
    headers["Retry-After"] = "9"
    failure = urllib.error.HTTPError("http://x", 503, "down", headers, None)

    with pytest.raises(urllib.error.HTTPError):
        retry(max_attempts=2, retry_after=60)(flaky(failure, failure))()
    assert [9.0] == waits

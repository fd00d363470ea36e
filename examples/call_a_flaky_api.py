"""Call an API that fails now and then, plainly and in coroutines; log and count what happened."""

import asyncio

import httpx
import prometheus_client
from on_loopback import flaky, served

from ml_infra_utils.decorators import RetryBudget, RetryPolicy, instrument, remaining, retry
from ml_infra_utils.decorators.instruments import logging_hook, prometheus_hook
from ml_infra_utils.logging import StructuredLogger


def is_transient(error):
    status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else None
    return isinstance(error, httpx.TransportError) or status in (429, 502, 503, 504)


policy = RetryPolicy(delay=0.01, jitter="full", timeout=10, retry_after=1, exceptions=is_transient)
retried = retry(policy, budget=RetryBudget(ratio=0.1, capacity=20), output=None)


@retried
def fetch(url):
    return httpx.get(url, timeout=remaining(), trust_env=False).raise_for_status().json()


@retried
async def fetch_async(url):
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(url, timeout=remaining())).raise_for_status().json()


instrument(logging_hook(StructuredLogger("api")))
instrument(prometheus_hook())
with served(flaky) as url:
    print(fetch(f"{url}/users/2"), asyncio.run(fetch_async(f"{url}/users/4")))

value = prometheus_client.REGISTRY.get_sample_value
print(value("ml_infra_retries_total", {"name": "fetch_async"}), "retry of fetch_async")

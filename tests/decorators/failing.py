"""A function that always fails, and calls whose failure is expected."""

from __future__ import annotations

import pytest


def fail():
    raise ConnectionError("no route")


def settle(function):
    """Call what ends in a ConnectionError, and return that."""
    with pytest.raises(ConnectionError) as caught:
        function()
    return caught.value

"""A talk with a generator, in every way that there is."""

from __future__ import annotations


async def talk(generator):
    """Send to an async generator, throw into it and close it; return what it said."""
    said = [await generator.__anext__(), await generator.asend("a")]
    said.append(await generator.athrow(ValueError("b")))
    await generator.aclose()
    return said

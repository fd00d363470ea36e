"""Stand between a generator and its caller: the one place that knows the protocol."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import AsyncGenerator, Callable, Generator, TypeVar

    from typing_extensions import ParamSpec

    P = ParamSpec("P")
    R = TypeVar("R")
    Y = TypeVar("Y")
    S = TypeVar("S")

__hidden_from_tracebacks__ = True


class Watcher:
    """Who is asked and told about one call of a generator function; this one does nothing."""

    __slots__ = ()

    def begin(self) -> None:
        """Hear that the generator is about to run."""

    def yielded(self) -> None:
        """Hear that it came to its next value."""

    def ended(self) -> None:
        """Hear that the generator returned, or that its caller closed it."""

    def failed(self, error: BaseException, *, is_thrown: bool) -> bool:
        """Hear that it raised, perhaps what was thrown into it; True to start it again."""
        raise NotImplementedError

    def wait(self) -> None:
        """Block until it is to start again."""

    async def wait_async(self) -> None:
        """Suspend until it is to start again."""


def watched_generator(
    function: Callable[P, Generator[Y, S, R]], watch: Callable[[], Watcher]
) -> Callable[P, Generator[Y, S, R]]:
    """Return the generator function with a watcher of its own for each call."""

    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Generator[Y, S, R]:
        watcher = watch()
        while True:
            generator = function(*args, **kwargs)
            is_thrown = False
            watcher.begin()
            try:
                value = next(generator)
                while True:
                    watcher.yielded()
                    try:
                        sent = yield value
                    except GeneratorExit:
                        watcher.begin()
                        generator.close()
                        raise
                    except BaseException as thrown:
                        watcher.begin()
                        is_thrown = True
                        value = generator.throw(thrown)
                        is_thrown = False
                    else:
                        watcher.begin()
                        value = generator.send(sent)
            except StopIteration as stop:
                watcher.ended()
                result: R = stop.value
                return result
            except GeneratorExit:
                watcher.ended()
                raise
            except BaseException as error:
                if not watcher.failed(error, is_thrown=is_thrown):
                    raise
            watcher.wait()

    return wrapper


def watched_async_generator(
    function: Callable[P, AsyncGenerator[Y, S]], watch: Callable[[], Watcher]
) -> Callable[P, AsyncGenerator[Y, S]]:
    """Return the async generator function with a watcher of its own for each call.

    The same line by line as `watched_generator`: no function can be of both kinds.
    """

    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[Y, S]:
        watcher = watch()
        while True:
            generator = function(*args, **kwargs)
            is_thrown = False
            watcher.begin()
            try:
                value = await generator.__anext__()
                while True:
                    watcher.yielded()
                    try:
                        sent = yield value
                    except GeneratorExit:
                        watcher.begin()
                        await generator.aclose()
                        raise
                    except BaseException as thrown:
                        watcher.begin()
                        is_thrown = True
                        value = await generator.athrow(thrown)
                        is_thrown = False
                    else:
                        watcher.begin()
                        value = await generator.asend(sent)
            except StopAsyncIteration:
                watcher.ended()
                return
            except GeneratorExit:
                watcher.ended()
                raise
            except BaseException as error:
                if not watcher.failed(error, is_thrown=is_thrown):
                    raise
            await watcher.wait_async()

    return wrapper

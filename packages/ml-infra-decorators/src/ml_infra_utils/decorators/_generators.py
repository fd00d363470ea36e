"""Stand between a generator or coroutine and its caller: the place that knows their protocols."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, AsyncGenerator, Awaitable, Callable, Generator, TypeVar

    from typing_extensions import ParamSpec

    P = ParamSpec("P")
    R = TypeVar("R")
    Y = TypeVar("Y")
    S = TypeVar("S")
    Steps = Generator[Any, Any, R]
    Watch = Callable[..., "Watcher"]  # takes the arguments of the call, as tuple and dict

__hidden_from_tracebacks__ = True


def run(steps: Steps[R]) -> R:
    """Run steps to their end without an event loop; where they would suspend, they fail."""
    try:
        next(steps)
        while True:
            steps.throw(
                TypeError("it has to be awaited: write `async with attempt`, or `async def`")
            )
    except StopIteration as end:
        result: R = end.value
        return result


def awaited(steps: Steps[R]) -> Awaitable[R]:
    """Return steps as what a coroutine awaits."""
    return _Awaited(steps)


class _Awaited:
    __slots__ = ("_steps",)

    def __init__(self, steps: Steps[Any]) -> None:
        self._steps = steps

    def __await__(self) -> Steps[Any]:
        return self._steps


class Watcher:
    """Who is asked and told about one call of a generator function; this one does nothing."""

    __slots__ = ()

    def due(self) -> None:
        """Hear that the generator is to start, or to start again; this may take its time."""

    async def due_async(self) -> None:
        """Hear that the async generator is to start, or to start again."""

    def begin(self) -> None:
        """Hear that it is about to run."""

    def yielded(self) -> None:
        """Hear that it came to its next value."""

    def started(self) -> Steps[None]:
        """Hear that it came to its first value."""
        yield from ()

    def ended(self) -> Steps[None]:
        """Hear that it returned, or that its caller closed it."""
        yield from ()

    def failed(self, error: BaseException, *, is_thrown: bool) -> Steps[bool]:
        """Hear that it raised, perhaps what was thrown into it; True to start it again."""
        raise NotImplementedError


def watched_generator(
    function: Callable[P, Generator[Y, S, R]], watch: Watch
) -> Callable[P, Generator[Y, S, R]]:
    """Return the generator function with a watcher of its own for each call."""

    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Generator[Y, S, R]:
        watcher = watch(args, kwargs)
        while True:
            watcher.due()
            generator = function(*args, **kwargs)
            is_thrown = False
            watcher.begin()
            try:
                value = next(generator)
                run(watcher.started())
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
                run(watcher.ended())
                result: R = stop.value
                return result
            except GeneratorExit:
                run(watcher.ended())
                raise
            except BaseException as error:
                if not run(watcher.failed(error, is_thrown=is_thrown)):
                    raise

    return wrapper


def watched_async_generator(
    function: Callable[P, AsyncGenerator[Y, S]], watch: Watch
) -> Callable[P, AsyncGenerator[Y, S]]:
    """Return the async generator function with a watcher of its own for each call.

    The same line by line as `watched_generator`: no function can be of both kinds.
    """

    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[Y, S]:
        watcher = watch(args, kwargs)
        while True:
            await watcher.due_async()
            generator = function(*args, **kwargs)
            is_thrown = False
            watcher.begin()
            try:
                value = await generator.__anext__()
                await awaited(watcher.started())
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
                await awaited(watcher.ended())
                return
            except GeneratorExit:
                await awaited(watcher.ended())
                raise
            except BaseException as error:
                if not await awaited(watcher.failed(error, is_thrown=is_thrown)):
                    raise

    return wrapper

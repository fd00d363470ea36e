"""Names that scikit-learn gives to predictions and labels."""

from __future__ import annotations

from functools import wraps
from typing import Any, Callable, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., object])

_THEIRS = {
    "predictions": ("y_pred",),
    "scores": ("y_pred", "y_score"),
    "probabilities": ("y_pred", "y_prob", "y_proba"),
}


def takes_y(function: Function) -> Function:
    """Let a function take scikit-learn's ``y_true=`` and ``y_pred=``, by name only.

    The order of their arguments is the other way round, so that who swaps an import and keeps
    positions gets recall for precision. Scores may be called ``y_score=`` and probabilities
    ``y_proba=``, as they are there.
    """
    names = function.__code__.co_varnames
    bound = names[0] in ("cls", "self")
    first, second = names[bound : bound + 2]
    theirs = {"y_true", *_THEIRS[first]}

    @wraps(function)
    def renamed(*args: Any, **options: Any) -> Any:
        if not options:
            return function(*args)
        used = theirs.intersection(options)
        if used:
            used.discard("y_true")
            both = len(used) == 1 and "y_true" in options
            if not both or len(args) > bound or first in options or second in options:
                raise TypeError(
                    f"{function.__name__}() must be given {first} and {second}, or "
                    f"{_THEIRS[first][-1]}= and y_true= instead, both by name"
                )
            options[first], options[second] = options.pop(used.pop()), options.pop("y_true")
        return function(*args, **options)

    return cast("Function", renamed)


def named(function: Function, words: Callable[[], None]) -> Function:
    """Give a function the name and the docstring of another."""
    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(function, attribute, getattr(words, attribute))
    return function

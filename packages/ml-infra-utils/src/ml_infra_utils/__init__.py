"""Everyday helpers for machine-learning infrastructure: the names used most, in one place.

Each name lives in a portion of its own distribution and is imported from there at its
first use, so ``import ml_infra_utils`` costs nothing:

>>> from ml_infra_utils import normalize
>>> normalize([1, 2, 3, 4, 5])
[0.0, 0.25, 0.5, 0.75, 1.0]
"""

from __future__ import annotations

from collections.abc import Iterator  # noqa: TC003  # Python has loaded it already
from importlib import import_module
from pkgutil import extend_path


class _Folders(list):  # type: ignore[type-arg]  # list[str] needs Python 3.9
    """The folders that portions are imported from.

    They may lie anywhere on ``sys.path``: editable installs, layers of an image. The import
    system iterates over this list for each portion, and finds folders that were added to
    ``sys.path`` since, as in a namespace package without a façade.
    """

    def __iter__(self) -> Iterator[str]:
        self[:] = extend_path(self, __name__)
        return super().__iter__()


# jedi looks for this call in the first 50 lines, and then in the other folders too.
__path__ = _Folders(extend_path(__path__, __name__))

__all__ = [
    "normalize",
    "standardize",
    "accuracy",
    "precision",
    "recall",
    "f1_score",
    "timer",
    "retry",
    "StructuredLogger",
    "__version__",
]

_PORTIONS = {
    "preprocessing": ("normalize", "standardize"),
    "metrics": ("accuracy", "precision", "recall", "f1_score"),
    "decorators": ("timer", "retry"),
    "logging": ("StructuredLogger",),
}
_HOMES = {name: portion for portion, names in _PORTIONS.items() for name in names}


def __getattr__(name: str) -> object:
    if name == "__version__":
        value: object = _version()
    elif name in _HOMES:
        value = getattr(_portion(_HOMES[name]), name)
    elif name in _PORTIONS:
        return _portion(name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *_PORTIONS})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("ml-infra-utils")
    except PackageNotFoundError:
        raise AttributeError(
            "ml_infra_utils has no __version__: the metadata of ml-infra-utils is not installed"
        ) from None


def _portion(portion: str) -> object:
    module = f"{__name__}.{portion}"
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise ModuleNotFoundError(
            f"{module} is not installed; run: pip install ml-infra-{portion}", name=module
        ) from None

"""Everyday helpers for machine-learning infrastructure: the names used most, in one place.

Each name lives in a portion of its own distribution and is imported from there at its
first use, so ``import ml_infra_utils`` costs nothing:

>>> from ml_infra_utils import normalize
>>> normalize([1, 2, 3, 4, 5])
[0.0, 0.25, 0.5, 0.75, 1.0]
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import extend_path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml_infra_utils.decorators import retry, timer
    from ml_infra_utils.logging import StructuredLogger
    from ml_infra_utils.metrics import accuracy, f1_score, precision, recall
    from ml_infra_utils.preprocessing import normalize, standardize

    __version__: str

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

# The portions may lie in other folders of sys.path: editable installs, image layers.
__path__ = extend_path(__path__, __name__)

_PORTIONS = {
    "preprocessing": ("normalize", "standardize"),
    "metrics": ("accuracy", "precision", "recall", "f1_score"),
    "decorators": ("timer", "retry"),
    "logging": ("StructuredLogger",),
}
_HOMES = {name: portion for portion, names in _PORTIONS.items() for name in names}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        value: object = version("ml-infra-utils")
    elif name in _HOMES:
        value = getattr(_portion(_HOMES[name]), name)
    elif name in _PORTIONS:
        return _portion(name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_PORTIONS})


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

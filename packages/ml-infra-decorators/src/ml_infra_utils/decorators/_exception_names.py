"""Exception types by their dotted names, as documents hold them."""

from __future__ import annotations

from importlib import import_module

from ml_infra_utils.decorators._checks import value_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def path_of_type(kind: type[Exception]) -> str:
    """Return the name of an exception type, by which `type_at` finds it."""
    if "<locals>" in kind.__qualname__:
        raise TypeError(
            "each of exceptions must be found by its name to go to JSON, got "
            f"{kind.__qualname__}; define the type at the top of a module"
        )
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"


def type_at(name: str, path: str) -> type[Exception]:
    """Return the exception type of a name; `path` is where the document has it."""
    # The module is the longest part of the name that can be imported.
    parts = name.split(".")
    length = len(parts) - 1
    while length and _module(".".join(parts[:length])) is None:
        length -= 1
    value: object = _module(".".join(parts[:length]) or "builtins")
    for attribute in parts[length:]:
        value = getattr(value, attribute, None)
    if not (isinstance(value, type) and issubclass(value, Exception)):
        raise value_error(path, "the dotted name of an exception type", name)
    return value


def _module(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            return None
        raise  # the module is there, but not one that it needs

"""The text of objects and the names of classes, whatever they override."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


def class_name(kind: type) -> str:
    """Give the name of a class, whatever its metaclass does."""
    name: str = type.__dict__["__name__"].__get__(kind)
    return name


def text_of(value: Any) -> str:
    """Give the text of an object; of a subclass of str that overrides anything, the text itself."""
    return str.__str__(value if issubclass(type(value), str) else str(value))


def qualified_name(kind: type) -> str:
    """Give the name of a class with its module, unless that is builtins."""
    module, name = kind.__module__, kind.__qualname__
    return name if module == "builtins" else f"{module}.{name}"

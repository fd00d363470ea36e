"""Types of data that need none of the libraries that data comes from."""

from __future__ import annotations

from typing import Any, Protocol, SupportsFloat, TypeVar, Union


class _Shaped(Protocol):
    @property
    def shape(self) -> Any: ...


class _Columned(Protocol):
    @property
    def columns(self) -> Any: ...


ContainerT = TypeVar("ContainerT", bound=Union[_Shaped, _Columned])
NumberT = TypeVar("NumberT", bound=SupportsFloat)

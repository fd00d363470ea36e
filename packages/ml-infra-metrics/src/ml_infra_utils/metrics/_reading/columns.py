"""What the caller passed, as one of three kinds of column.

A column that was read is a list or tuple, a NumPy array, or an array that stays on its own
device. What was passed is asked once whether it is one of the first two, and says so from then
on. A library is recognized among the modules that are loaded already, so that nothing is imported
for a caller who does not use it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Hashable, Iterable, Mapping, NamedTuple, NoReturn, Sequence
from typing import AbstractSet as Set

from ml_infra_utils.metrics._limits import INT64_MAX
from ml_infra_utils.metrics._words import described

if TYPE_CHECKING:
    import numpy.typing as npt
    from typing_extensions import TypeGuard

_SERIES = (
    ("pandas", "Series"),
    ("polars", "Series"),
    ("pyarrow", "ChunkedArray"),
    ("pyarrow", "Array"),
    ("modin.pandas", "Series"),
    ("cudf", "Series"),
    ("narwhals", "Series"),
    ("narwhals.stable.v1", "Series"),
)
_FRAMES = (
    ("pandas", "DataFrame"),
    ("polars", "DataFrame"),
    ("polars", "LazyFrame"),
    ("pyarrow", "Table"),
    ("pyarrow", "RecordBatch"),
)
_ARRAYS = (("torch", "Tensor"), ("dask.array", "Array"))  # and what has an `__array_namespace__`
_HOST = (1, 3)  # DLPack's kDLCPU and kDLCUDAHost


class Column(NamedTuple):
    """What was passed for a column, and whether it is a list or tuple, or a NumPy array."""

    values: Any
    is_list: bool
    is_numpy: bool

    @property
    def length(self) -> int:
        """The number of values."""
        return len(self.values) if self.is_list else int(self.values.shape[0])

    def to_list(self) -> Sequence[Any]:
        """Return the Python values of a column that was read."""
        values: Sequence[Any] = self.values
        if not self.is_list:
            values = (self.values if self.is_numpy else on_host(self.values)).tolist()
        return values

    @property
    def is_table(self) -> bool:
        """Whether it is no column but a data frame, or a 2-D array of several columns."""
        if self.is_list:
            return False
        if self.is_numpy or _is_foreign_array(self.values):
            return len(self.values.shape) == 2 and self.values.shape[1] != 1
        return is_frame(self.values)

    @property
    def stays(self) -> bool:
        """Whether it is an array that NumPy cannot read where it lies."""
        if self.is_list or self.is_numpy:
            return False
        return _is_foreign_array(self.values) and not _is_in_host_memory(self.values)

    def read(self, name: str, meant: str = "classes") -> Column:
        """Return a list or tuple, a 1-D NumPy array or a 1-D array on its device.

        A NumPy array comes back as it is if it holds booleans, integers that fit into int64 or
        floats; all other element types come back as a list of Python values.
        """
        if self.is_list:
            return self
        if self.is_numpy:
            return _from_numpy(self.values, name, meant)
        return _read(self.values, name, meant)


def column_of(values: Any) -> Column:
    """Say what was passed for a column."""
    if isinstance(values, (list, tuple)):
        return Column(values, True, False)
    return Column(values, False, is_numpy(values))


def is_numpy(values: object) -> TypeGuard[npt.NDArray[Any]]:
    """Say whether the values are a NumPy array, without importing NumPy."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(values, numpy.ndarray)


def is_array(values: Any) -> bool:
    """Say whether the values are an array of any library: NumPy, PyTorch, JAX, CuPy, Dask."""
    return is_numpy(values) or _is_foreign_array(values)


def is_frame(values: Any) -> bool:
    """Say whether the values are a data frame."""
    return _is_one_of(_FRAMES, values)


def as_known_frame(values: Any) -> Any:
    """Return a batch of Arrow as a table, which narwhals knows, and all else as it is."""
    if _is_one_of((("pyarrow", "RecordBatch"),), values):
        return sys.modules["pyarrow"].Table.from_batches([values])
    return values


def column_names(values: Any) -> Sequence[Hashable]:
    """Return the names of the columns of a data frame; none of an array, or if they number them."""
    if not _is_one_of(_FRAMES, values):
        return ()
    is_arrow = _is_one_of((("pyarrow", "Table"), ("pyarrow", "RecordBatch")), values)
    names = tuple(values.column_names if is_arrow else values.columns)
    width = len(names)
    numbered = (tuple(range(width)), tuple(map("column_{}".format, range(width))))  # pandas, Polars
    return () if names in numbered else names


def as_list(column: Any) -> Sequence[Any]:
    """Return the Python values of a column."""
    if isinstance(column, (list, tuple)):
        return column
    return on_host(column).tolist()  # type: ignore[no-any-return]  # of Any


def on_host(array: Any) -> npt.NDArray[Any]:
    """Return an array of any library as a NumPy array, copied from its device if need be."""
    import numpy as np

    if is_numpy(array):
        return array
    if hasattr(array, "detach"):
        array = array.detach()
    if hasattr(array, "resolve_neg"):  # PyTorch's views that are negated when they are read
        array = array.resolve_neg()
    if hasattr(array, "cpu"):
        array = array.cpu()
    elif hasattr(array, "get"):  # CuPy refuses to be converted unasked
        array = array.get()
    try:
        return np.asarray(array)
    except (TypeError, RuntimeError, ValueError):
        if hasattr(array, "float"):  # PyTorch's bfloat16, a type that NumPy does not have
            return np.asarray(array.float())
        return np.from_dlpack(array)


def same_length(n: int, m: int, names: tuple[str, str] = ("predictions", "labels")) -> None:
    """Raise unless the lengths of two columns are equal."""
    if n != m:
        first, second = names
        raise ValueError(
            f"{first.capitalize()} and {second} must have same length, "
            f"got {n} {first} and {m} {second}"
        )


def _read(values: Any, name: str, meant: str) -> Column:
    """Read what is neither a list nor a NumPy array."""
    if isinstance(values, (str, bytes)):
        raise TypeError(
            f"{name} must be a sequence of {meant}, got {described(values)}; "
            "put a single value into a list"
        )
    if isinstance(values, (Set, Mapping)):
        raise TypeError(
            f"{name} must be a sequence of {meant}, one for each example in order, "
            f"got a {type(values).__name__}"
        )
    if _is_one_of(_SERIES, values):
        return _from_series(values, name, meant)
    if is_frame(values):
        _refuse_shape(name, "a data frame", step_to_a_column(values, name, meant))
    if _is_foreign_array(values):
        return _from_array(values, name, meant)
    return _from_iterable(values, name, meant)


def _is_foreign_array(values: Any) -> bool:
    """Say whether what is no NumPy array is one of another library."""
    return hasattr(type(values), "__array_namespace__") or _is_one_of(_ARRAYS, values)


def _is_in_host_memory(array: Any) -> bool:
    """Say whether an array of any library says that NumPy can read it without a copy."""
    return hasattr(array, "__dlpack_device__") and array.__dlpack_device__()[0] in _HOST


def _is_one_of(types: Iterable[tuple[str, str]], values: object) -> bool:
    for module, name in types:
        loaded = sys.modules.get(module)
        kind = getattr(loaded, name, None)
        if kind is not None and isinstance(values, kind):
            return True
    return False


def _refuse_shape(name: str, got: str, next_step: str) -> NoReturn:
    raise ValueError(f"{name} must be one-dimensional, got {got}; {next_step}")


def _check_one_dimension(array: Any, name: str, meant: str) -> None:
    if array.ndim != 1:
        is_wide = array.ndim == 2 and array.shape[1] > 1
        step = "pass one value an example, for instance from ravel()"
        if is_wide and (meant == "numbers" or str(array.dtype).rpartition(".")[2][:1] in "bf"):
            step = step_to_a_column(array, name, meant)
        _refuse_shape(name, f"an array of shape {tuple(array.shape)}", step)


def step_to_a_column(table: Any, name: str, meant: str) -> str:
    """Say what to pass for a table, by what it is taken for."""
    if meant == "numbers":
        of_class = name in ("scores", "probabilities", "a", "b")
        step = f"pass {'the column of the positive class' if of_class else 'one of its columns'}"
        if is_frame(table):
            return step
        place = "[row[{}] for row in rows]" if isinstance(table, (list, tuple)) else "[:, {}]"
        return f"{step}, for instance {place.format(int(of_class))}"
    if is_frame(table):
        return "pass one of its columns, or of scores the classes numpy.argmax(frame, axis=1)"
    return "pass one class an example, for instance from argmax(axis=1)"


def _from_numpy(array: npt.NDArray[Any], name: str, meant: str) -> Column:
    import numpy as np

    _check_one_dimension(array, name, meant)
    if isinstance(array, np.ma.MaskedArray):
        if np.ma.is_masked(array):
            index = int(np.flatnonzero(np.ma.getmaskarray(array))[0])
            _refuse_missing(name, index)
        array = array.data
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype.kind == "u" and array.dtype.itemsize == 8:
        if int(array.max(initial=0)) > INT64_MAX:
            return _list(array.tolist())
        return Column(array.astype(np.int64), False, True)
    if array.dtype.kind in "biuf":
        return Column(array, False, True)
    if array.dtype.kind in "mM":
        return _list(list(array))  # tolist() turns NaT into None, and nanoseconds into integers
    return _list(array.tolist())


def _list(values: list[Any]) -> Column:
    return Column(values, True, False)


def _refuse_missing(name: str, index: int) -> NoReturn:
    raise ValueError(
        f"{name} must have no missing values, got one at index {index}; drop such examples, or "
        "fill in first"
    )


def _from_series(values: Any, name: str, meant: str) -> Column:
    import narwhals as nw

    if _is_one_of((("pyarrow", "Array"),), values):
        values = sys.modules["pyarrow"].chunked_array([values])
    series: nw.Series[Any] = nw.from_native(values, series_only=True)
    if series.null_count():
        _refuse_missing(name, series.is_null().to_list().index(True))
    is_wide = str(series.dtype).endswith("128")  # wider than NumPy's integers
    if (series.dtype.is_numeric() or series.dtype == nw.Boolean) and not is_wide:
        array = series.to_numpy()
        if array.dtype.kind in "biuf":
            return _from_numpy(array, name, meant)
    return _list(series.to_list())


def _from_array(array: Any, name: str, meant: str) -> Column:
    """Return a NumPy array of data that lies in host memory, others as they are."""
    _check_one_dimension(array, name, meant)
    knows_its_length = isinstance(array.shape[0], int)  # Dask may not know it
    if _is_in_host_memory(array) or not knows_its_length:
        try:
            host = on_host(array)
        except (ImportError, RuntimeError):
            return Column(array, False, False)  # its own library counts it
        return _from_numpy(host, name, meant)
    return Column(array, False, False)


def _from_iterable(values: Any, name: str, meant: str) -> Column:
    try:
        iterator = iter(values)
    except TypeError:
        raise TypeError(f"{name} must be a sequence of {meant}, got {described(values)}") from None
    return _list(list(iterator))

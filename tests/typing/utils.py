"""Typed usage of the facade; read by type checkers and never run."""

from __future__ import annotations

from typing_extensions import assert_type

import ml_infra_utils
from ml_infra_utils import (
    StructuredLogger,
    accuracy,
    f1_score,
    normalize,
    precision,
    recall,
    retry,
    standardize,
    timer,
)

assert_type(ml_infra_utils.__version__, str)
assert_type(normalize([1, 2, 3]), "list[float]")
assert_type(standardize([1.0, 2.0]), "list[float]")
assert_type(accuracy([1], [1]), float)
assert_type(precision(["a"], ["b"], positive_class="a"), float)
assert_type(recall([1], [1]), float)
assert_type(f1_score([True], [False]), float)
assert_type(StructuredLogger("train").info("done", loss=0.5), None)


@timer
@retry(max_attempts=2, delay=0.1)
def load(path: str, *, size: int = 0) -> bytes:
    return path.encode() * size


assert_type(load("a", size=2), bytes)

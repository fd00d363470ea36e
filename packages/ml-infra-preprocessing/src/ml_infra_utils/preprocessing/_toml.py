"""Documents that are written by hand in TOML."""

from __future__ import annotations

import datetime
import math
import os
import sys
from pathlib import Path
from typing import Any

from ml_infra_utils.preprocessing._words import shortened


def read_toml(source: str | os.PathLike[str]) -> Any:
    """Return the document of a text, or of a file: dates as texts, None for infinite numbers.

    Raises
    ------
    ValueError
        If it is no TOML.
    ImportError
        If nothing here reads TOML.
    """
    if sys.version_info >= (3, 11):
        import tomllib as reader
    else:
        try:
            import tomli as reader
        except ImportError:
            raise ImportError(
                "TOML must be read by Python 3.11 or tomli, got neither; pip install tomli"
            ) from None
    is_path = isinstance(source, os.PathLike)
    text = Path(source).read_text(encoding="utf-8") if is_path else str(source)
    try:
        return _as_json(reader.loads(text))
    except reader.TOMLDecodeError as error:
        hint = "; pass a pathlib.Path to read a file" if "\n" not in text else ""
        raise ValueError(f"text must be TOML, got {shortened(text)} ({error}){hint}") from None


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_as_json(entry) for entry in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return None if isinstance(value, float) and math.isinf(value) else value

"""Run a block of an example where its reader sees it: in a Python compiled to WebAssembly."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import json
import sys
import traceback
import warnings
from typing import Any

WHERE = "<this block>"


def run_block(source: str, namespace: dict[str, Any]) -> dict[str, str]:
    """Run statements; return what they print, the HTML of the last value, and the error."""
    printed, shown = io.StringIO(), {"html": ""}

    def show(value: object) -> None:
        """Show the value of an expression, as an interactive session does."""
        shown["html"] = ""
        if value is not None:
            namespace["_"] = value
            printed.write(f"{value!r}\n")
            to_html = getattr(type(value), "_repr_html_", None)
            shown["html"] = (to_html and to_html(value)) or ""

    error = ""
    displayhook, sys.displayhook = sys.displayhook, show
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            parsed = ast.parse(source, WHERE)
            is_script = len(parsed.body) > 1 and ast.get_docstring(parsed) is not None
            for statement in parsed.body[is_script:]:  # a docstring is not a value to show
                shown["html"] = ""
                exec(compile(ast.Interactive([statement]), WHERE, "single"), namespace)
    except BaseException as raised:
        error = _told(raised)
    finally:
        sys.displayhook = displayhook
    return {"text": printed.getvalue(), "html": shown["html"], "error": error}


def answer(source: str, namespace: dict[str, Any]) -> str:
    """Run a block; return what `run_block` does as JSON, for those who call from JavaScript."""
    return json.dumps(run_block(source, namespace))


def _told(error: BaseException) -> str:
    """Return the error and the line of the block where it was raised."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == WHERE]
    told = "".join(traceback.format_exception_only(type(error), error)).strip()
    return f"line {lines[-1]}: {told}" if lines else told


def namespace_of(module: str) -> dict[str, Any]:
    """Return the names that a page starts with: none, or all of a module."""
    # Here everything runs in the event loop of the browser, and nothing else waits for it.
    warnings.filterwarnings("ignore", message=".* blocks the event loop", category=RuntimeWarning)
    namespace: dict[str, Any] = {"__builtins__": builtins, "__name__": "__main__"}
    if module:
        exec(f"from {module} import *", namespace)
    return namespace

"""How Sphinx makes the site of this folder: `nox -s docs`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.util import logging

project = "ml-infra-utils"
author = "the maintainers of ml-infra-utils"
copyright = f"2026, {author}"  # noqa: A001 - Sphinx's name for it
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]

html_theme = "furo"
html_title = "ml-infra-utils"
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["run.css"]
html_js_files = [("run.mjs", {"type": "module"})]

myst_heading_anchors = 3
copybutton_exclude = ".linenos, .gp, .go"  # prompts and output are not copied

# Docstrings are in NumPy style, with names in single backquotes.
default_role = "code"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_param = False
napoleon_use_rtype = False
autodoc_typehints = "none"
suppress_warnings = ["ref.python"]  # several classes have attributes of one name

ROOT = Path(__file__).parents[1]
SOURCES = re.compile(r"\]\((?:\.\./)+(?P<path>(?:tests|examples|packages)/[^)#]*)")
BLOB = "https://github.com/ml-infra-utils/ml-infra-utils/blob/main/"


def setup(app: Any) -> None:
    """Tell Sphinx what to do with the texts that it reads."""
    app.connect("autodoc-process-docstring", keep_first_line_of_modules)
    app.connect("source-read", link_to_sources)


def keep_first_line_of_modules(*event: Any) -> None:
    """Leave out what the docstring of a portion says to those who read its source."""
    _, what, _, _, _, lines = event
    if what == "module":
        del lines[1:]


def link_to_sources(*event: Any) -> None:
    """Link to the repository what the site does not hold: tests, examples, other folders."""
    _, name, text = event

    def linked(match: re.Match[str]) -> str:
        if not (ROOT / match["path"]).exists():
            logging.getLogger(__name__).warning("no such file: %s", match["path"], location=name)
        return f"]({BLOB}{match['path']}"

    text[0] = SOURCES.sub(linked, text[0])

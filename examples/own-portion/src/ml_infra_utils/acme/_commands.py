"""The command `ml-infra words`."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional

import typer

from ml_infra_utils.acme import WordCounts

FILES = typer.Argument(..., metavar="FILES", help="Texts.", exists=True, dir_okay=False)
SAVE = typer.Option(None, help="Where to write the counts as JSON.")


def words(files: List[Path] = FILES, save: Optional[Path] = SAVE) -> int:
    """Count the words of texts."""
    counts = WordCounts.of(path.read_text(encoding="utf-8") for path in files)
    print(counts)
    if save is not None:
        save.write_text(counts.to_json(), encoding="utf-8")
    return 0

"""Run ``python -m ml_infra_utils.metrics``: score predictions in files, and compare models."""

from __future__ import annotations

import sys

from ml_infra_utils.metrics._commands.alone import main

if __name__ == "__main__":
    sys.exit(main(["score", "compare"]))

"""Run ``python -m ml_infra_utils.logging``: view, summarize and plot logs."""

from __future__ import annotations

import sys

from ml_infra_utils.logging._commands.command_line import main

if __name__ == "__main__":
    sys.exit(main())

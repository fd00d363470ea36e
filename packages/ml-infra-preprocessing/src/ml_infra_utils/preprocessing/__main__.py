"""Run ``python -m ml_infra_utils.preprocessing``: profile, scale and watch tables in files."""

from __future__ import annotations

import sys

from ml_infra_utils.preprocessing._commands.alone import main

if __name__ == "__main__":
    sys.exit(main(["profile", "check", "infer", "drift", "scale"]))

"""Look up locked packages in the database of known vulnerabilities, by pip-audit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Audit a requirements file with hashes; exit 1 if a package is known to be vulnerable."""
    requirements = Path(sys.argv[1])
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(requirements)]
    command += [
        "--disable-pip",
        "--require-hashes",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(verdict(done.stdout, done.stderr))


def verdict(report: str, errors: str) -> str:
    """Say what pip-audit found; exit with it if that is a vulnerability.

    A service that knows none of the packages was not reached: a mirror answers in its place.
    """
    try:
        packages = json.loads(report)["dependencies"]
    except ValueError:
        last = (errors.strip().splitlines() or ["no output"])[-1]
        return f"audit skipped: the service cannot be reached from here ({last})"
    known = [package for package in packages if "skip_reason" not in package]
    if not known:
        return f"audit skipped: the service knows none of the {len(packages)} packages from here"
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}"
        for package in known
        for vulnerability in package["vulns"]
    ]
    if found:
        raise SystemExit("\n".join(["known vulnerabilities:", *found]))
    return f"{len(known)} of {len(packages)} packages looked up, no known vulnerability"


if __name__ == "__main__":
    main()

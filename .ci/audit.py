"""Ask a database of known faults about every locked package; nothing asked is a failure, not a success.

    python .ci/audit.py locked/run.txt locked/dev.txt [options of pip-audit]

Ends with 1 where a package has a known fault, where one could not be asked about, or where fewer were asked
about than are locked for this machine. ``-s osv`` asks another database.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pip_requirements_parser import RequirementsFile


def locked_here(path: str) -> set[str]:
    """Return the names of the packages that a file locks for this machine."""
    found = RequirementsFile.from_file(path).requirements
    return {own.req.name for own in found if own.marker is None or own.marker.evaluate()}


def audited(path: str, options: list[str]) -> tuple[int, list[Any]]:
    """Return the exit code of pip-audit and what it says of each package it asked about."""
    command = ["pip_audit", "--strict", "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    asked = subprocess.run(
        [sys.executable, "-m", *command, "--requirement", path, "--format", "json", *options],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return asked.returncode, json.loads(asked.stdout)["dependencies"] if asked.stdout.strip() else []


def main() -> int:
    """Audit each file and say how many packages were asked about."""
    paths = [word for word in sys.argv[1:] if Path(word).is_file()]
    options = [word for word in sys.argv[1:] if word not in paths]
    failed = not paths
    for path in paths:
        code, told = audited(path, options)
        wanted, known = locked_here(path), [own for own in told if own.get("vulns")]
        asked = {own["name"] for own in told if "vulns" in own}
        print(f"{path}: {len(asked)} of {len(wanted)} packages audited, {len(known)} with known faults")
        for own in known:
            print(f"  {own['name']} {own['version']}: {', '.join(each['id'] for each in own['vulns'])}")
        failed |= code != 0 or len(asked) < len(wanted)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

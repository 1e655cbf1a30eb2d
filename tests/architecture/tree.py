"""The repository as the tests of its rules look at it."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("kernel", "geo", "queueing", "booking", "displays", "sim", "app")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def tracked(pattern: str) -> list[Path]:
    """Return the files that git knows, or would not ignore, by a pattern as ``*.md``."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]

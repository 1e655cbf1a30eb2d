"""A demo that runs beside a benchmark, in a folder of its own, and what it printed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx2

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PORT = 8971
HALL = "441500"  # the demo's main hall: its clerk and its manager are those of the printed links
LINE = re.compile(r"^\s{2}(.+?)\s{2,}(http\S+)\s*$")


@dataclass(slots=True)
class Demo:
    """A running demo: what it printed, and how long its first page took."""

    process: subprocess.Popen[str]
    links: dict[str, str]
    volume: str
    seconds: float
    port: int

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def link(self, word: str) -> str:
        """Return a printed address by a word of its name."""
        return next(url for name, url in self.links.items() if word in name)

    async def signed_in(self, http: httpx2.AsyncClient, role: str) -> str:
        """Sign in by a role's printed link and return the CSRF token of that session."""
        (await http.get(self.link(role))).raise_for_status()
        found: str = (await http.get("/api/v1/me")).json()["csrf_token"]
        return found


@contextmanager
def running_demo(folder: Path, *options: str, port: int = PORT) -> Iterator[Demo]:
    """Run ``jinban demo`` in a folder of its own and end it with Ctrl-C's signal."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "demo", "--port", str(port), *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        text=True,
    )
    demo = Demo(process, {}, "", 0.0, port)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(("Seeded:", "Ready:")):
                demo.volume = line.partition(":")[2].strip()
            if found := LINE.match(line):
                demo.links[found[1]] = found[2]
            if "Ctrl-C" in line and demo.links:
                break
        httpx2.get(demo.link("Find a hall"), timeout=30).raise_for_status()
        demo.seconds = time.perf_counter() - begun
        yield demo
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def changes(csrf: str) -> dict[str, str]:
    """Return the headers of a request that changes something."""
    return {"X-CSRF-Token": csrf, "Idempotency-Key": uuid4().hex}

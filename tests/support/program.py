"""The program as an operator runs it: ``app.serve`` in a process of its own, started, told to end, killed."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx2

from tests.support.figures import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kernel.database import Database

MORNING = datetime(2026, 11, 18, 1, 40, tzinfo=UTC)  # as the tests' own clock: a Wednesday, 9:40 in China
READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.05


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(database_url: str, **settings: Any) -> dict[str, str]:
    """Return what a process of this program reads its settings from; keyword arguments change some."""
    wanted: dict[str, Any] = {
        "database_url": database_url,
        "field_keys": json.dumps({"1": base64.urlsafe_b64encode(b"f" * 32).decode()}),
        "token_key": base64.urlsafe_b64encode(b"t" * 32).decode(),
        "run_worker": "false",
        "secure_cookies": "false",
        "log_level": "CRITICAL",
        "demo__start": MORNING.isoformat(),
        "demo__origin": repr(time.time()),
        **settings,
    }
    outside = {name: value for name, value in os.environ.items() if name != FILE}
    return outside | {f"JINBAN_{name.upper()}": str(value) for name, value in wanted.items()}


class Program:
    """One API process on a port of its own, which it keeps when it is started again.

    ``folder`` holds another release than this one, to be run in its place.
    """

    def __init__(self, database_url: str, *, folder: Path | None = None, **settings: Any) -> None:
        self.port = free_port()
        self._folder = folder
        self._environment = environment(database_url, **settings)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def live(self, hall_code: str = "H1") -> str:
        return f"ws://127.0.0.1:{self.port}/api/v1/halls/{hall_code}/live"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, until_ready: bool = True) -> float:
        """Start the process and return after how many seconds it was ready."""
        begun = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.serve", "--port", str(self.port), "--with-parent"],
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.PIPE,
        )
        if until_ready:
            self.wait_until_ready()
        return time.monotonic() - begun

    def wait_until_ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Wait until the process says that it can serve."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            assert self.runs, "the program ended while it was started"
            if self.ready() == 200:
                return
            time.sleep(LOOK_EVERY_S)
        raise AssertionError(f"not ready within {within_s} s")

    def ready(self) -> int:
        """Return the status of ``/readyz``; 0 where nobody answers."""
        return self.status_of("/readyz")

    def status_of(self, path: str) -> int:
        """Return the status of what is at this path; 0 where nobody answers within ten seconds."""
        with suppress(httpx2.HTTPError):
            return httpx2.get(self.url + path, timeout=10).status_code
        return 0

    def tell_to_end(self) -> None:
        """Send what systemd and containers send."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)

    def leave_alone(self) -> None:
        """Close its standard input, as a parent does that dies."""
        self._close_pipe()

    def ended(self, within_s: float) -> int:
        """Return the exit code, once the process has ended."""
        assert self._process is not None
        code = self._process.wait(within_s)
        self._close_pipe()
        return code

    def kill(self) -> None:
        """End the process as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._close_pipe()

    def _close_pipe(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()


@contextmanager
def program(database: Database, **settings: Any) -> Iterator[Program]:
    """A running program until the block ends."""
    made = Program(database.url.render_as_string(hide_password=False), **settings)
    try:
        made.start()
        yield made
    finally:
        made.kill()

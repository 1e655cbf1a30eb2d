"""The real app as a process of its own over a fresh database, with a clock that runs faster."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from kernel.clock import ShiftedClock
from kernel.database import Database
from kernel.secrets import Vault, new_key
from kernel.settings import Settings
from sim.load.place import add_hall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.live.tokens import HallKeys
    from sim.scenario import Scenario

READY_WITHIN_S = 180.0  # a machine that does much else starts the app slowly
STARTS_LIKE = 2.5  # starting the app takes as long as migrating, which starts the same program, or twice
GOODBYE_S = 8.0


class ServerTrouble(RuntimeError):
    """The app did not start; what it said last is in the text."""


@dataclass(frozen=True, slots=True)
class LiveHall:
    """A running hall: where it is served, its shared clock, who holds which key, its queues' ids."""

    base: str
    clock: ShiftedClock
    keys: HallKeys
    queue_ids: tuple[str, ...]


@contextmanager
def live_hall(
    scenario: Scenario, *, ready_by: datetime, prelude_s: float, speed: float
) -> Iterator[LiveHall]:
    """Migrate, seed and serve a hall on loopback, and end it again.

    Its clock begins so early that at ``ready_by`` the app has started, however slow this machine is
    today, and ``prelude_s`` real seconds more have passed.
    """
    with tempfile.TemporaryDirectory(prefix="jinban-load-") as name:
        folder = Path(name)
        port = _free_port()
        environment = os.environ | {
            "JINBAN_DATABASE_URL": f"sqlite:///{folder / 'load.sqlite'}",
            "JINBAN_FIELD_KEYS": json.dumps({"1": new_key()}),
            "JINBAN_TOKEN_KEY": new_key(),
            "JINBAN_SECURE_COOKIES": "false",
            "JINBAN_PUZZLES": "false",  # all citizens of a load come from one address
            "JINBAN_LOG_LEVEL": "WARNING",
        }
        begun = time.monotonic()
        _run([*_PYTHON, "app", "migrate"], environment, folder)
        starting_s = STARTS_LIKE * (time.monotonic() - begun)
        start = ready_by - timedelta(seconds=(starting_s + prelude_s) * speed)
        keys, queue_ids = _seed(scenario, environment, start)
        clock = ShiftedClock(start, speed=speed)
        environment |= {
            "JINBAN_DEMO__START": clock.start.isoformat(),
            "JINBAN_DEMO__ORIGIN": repr(clock.origin),
            "JINBAN_DEMO__SPEED": repr(speed),
        }
        base = f"http://127.0.0.1:{port}"
        process = subprocess.Popen(
            [*_PYTHON, "app.serve", "--port", str(port), "--with-parent"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
        )
        try:
            _wait_until_ready(base, process)
            yield LiveHall(base, clock, keys, queue_ids)
        finally:
            _end(process)


_PYTHON = (sys.executable, "-m")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(command: list[str], environment: dict[str, str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServerTrouble(done.stderr.strip() or f"{command[-1]} ended with {done.returncode}")


def _seed(
    scenario: Scenario, environment: dict[str, str], start: datetime
) -> tuple[HallKeys, tuple[str, ...]]:
    settings = Settings(
        _env_file=None,
        database_url=environment["JINBAN_DATABASE_URL"],
        field_keys=json.loads(environment["JINBAN_FIELD_KEYS"]),
        token_key=environment["JINBAN_TOKEN_KEY"],
    )
    database = Database(settings.database_url, pool_size=1)
    try:
        return database.write_now(add_hall, scenario, vault=Vault.from_settings(settings), at=start)
    finally:
        database.close()


def _wait_until_ready(base: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerTrouble("the app ended while starting; its message stands above")
        with suppress(httpx2.HTTPError):
            if httpx2.get(f"{base}/readyz", timeout=2, trust_env=False).status_code == httpx2.codes.OK:
                return
        time.sleep(0.05)
    raise ServerTrouble(f"the app did not answer within {READY_WITHIN_S:.0f} seconds")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(GOODBYE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

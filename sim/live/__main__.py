"""``python -m sim.live``: let simulated citizens and clerks live in a running demo.

Ends with its parent: when standard input is a pipe and closes, or on SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import stat
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import httpx2

from kernel.clock import ShiftedClock
from sim.catalogue import load_city
from sim.live.api import MOST_AT_ONCE, TIMEOUT_S
from sim.live.driver import Driver
from sim.live.tokens import read_keys


def main() -> None:
    """Read the arguments and run until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m sim.live", description="Simulated people for the demo.")
    parser.add_argument("--base-url", required=True, help="where the demo is served")
    parser.add_argument("--tokens", type=Path, required=True, help="the file that the seed wrote")
    parser.add_argument(
        "--start", type=datetime.fromisoformat, required=True, help="the demo's first instant"
    )
    parser.add_argument("--origin", type=float, required=True, help="seconds since the epoch at that instant")
    parser.add_argument("--speed", type=float, default=1.0, help="demo seconds in a real one")
    asked = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_run(asked.base_url, asked.tokens, asked.start, asked.origin, asked.speed))


async def _run(base_url: str, tokens: Path, start: datetime, origin: float, speed: float) -> None:
    stop = asyncio.Event()
    _stop_with_parent(stop)
    clock = ShiftedClock(start, speed=speed, origin=origin)
    limits = httpx2.Limits(max_connections=MOST_AT_ONCE, max_keepalive_connections=MOST_AT_ONCE)
    async with httpx2.AsyncClient(
        base_url=base_url, timeout=TIMEOUT_S, limits=limits, trust_env=False
    ) as client:
        driver = Driver(load_city(), read_keys(tokens), client=client, clock=clock, speed=speed)
        living = asyncio.create_task(driver.run())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({living, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        living.cancel()
        with suppress(asyncio.CancelledError):
            await living


def _stop_with_parent(stop: asyncio.Event) -> None:
    """Stop on SIGTERM, and when the pipe from the parent closes: a killed parent cannot say goodbye."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    descriptor = sys.stdin.fileno()
    if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        return

    def read() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            stop.set()

    loop.add_reader(descriptor, read)


if __name__ == "__main__":
    main()

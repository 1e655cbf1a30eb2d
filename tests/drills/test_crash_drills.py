"""The API process is killed again and again under load: what was acknowledged is there, once."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

from kernel.clock import ManualClock
from kernel.database import Database
from queueing.store.tickets import tickets

pytestmark = [pytest.mark.drill, pytest.mark.timeout(600)]

KILLS = 8
MORNING = datetime(2026, 11, 18, 1, 40, tzinfo=UTC)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(database: Database, port: int) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "JINBAN_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "JINBAN_FIELD_KEYS": json.dumps({"1": base64.urlsafe_b64encode(b"f" * 32).decode()}),
        "JINBAN_TOKEN_KEY": base64.urlsafe_b64encode(b"t" * 32).decode(),
        "JINBAN_RUN_WORKER": "false",
        "JINBAN_SECURE_COOKIES": "false",
        "JINBAN_LOG_LEVEL": "CRITICAL",
        "JINBAN_DEMO__START": MORNING.isoformat(),
        "JINBAN_DEMO__ORIGIN": repr(time.time()),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app.serve", "--port", str(port), "--with-parent"],
        env=environment,
        stdin=subprocess.PIPE,
    )
    for _ in range(600):
        with suppress(httpx2.HTTPError):
            if httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200:
                return process
        time.sleep(0.1)
    raise AssertionError("the API did not come up")


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def test_no_acknowledged_ticket_is_lost_and_none_is_doubled(
    database: Database, city: Any, clock: ManualClock
) -> None:
    """Each ticket is asked for with one key until it is answered, over kills at random moments."""
    port = free_port()
    process = start(database, port)
    acknowledged: list[str] = []
    kills, repeated = 0, 0
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=5) as http:
            for number in range(160):
                if number % 20 == 10 and kills < KILLS:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
                headers = {
                    "Authorization": f"Bearer {city.tokens['kiosk']}",
                    "Idempotency-Key": uuid4().hex,
                }
                while True:
                    try:
                        answer = http.post(
                            "/api/v1/halls/H1/tickets", json={"services": ["id-card"]}, headers=headers
                        )
                    except httpx2.HTTPError:
                        repeated += 1
                        if process.poll() is not None:
                            end(process)
                            process = start(database, port)
                        continue
                    assert answer.status_code == 200, answer.text
                    acknowledged.append(answer.json()["ticket"]["label"])
                    break
    finally:
        end(process)
    stored = database.read_now(lambda session: session.execute(select(tickets.c.label)).scalars().all())
    assert kills == KILLS
    assert repeated >= KILLS
    assert Counter(stored) == Counter(acknowledged) == Counter(f"A{number:03d}" for number in range(1, 161))

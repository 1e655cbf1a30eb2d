"""The port over a real socket: what goes out, what comes in, and what counts as away."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from booking.licences import http_system
from booking.licences.http_system import HttpLicences
from booking.licences.port import (
    Holder,
    HolderKind,
    LicencesAway,
    NotActing,
    Question,
    StandIn,
    licence_system_of,
)
from kernel.ids import uuid7
from kernel.settings import LicenceSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.clock import ManualClock
    from kernel.secrets import Vault


@dataclass
class Office:
    """A licence system on loopback; ``status`` and ``body`` are its next answers."""

    url: str = ""
    status: int = 200
    body: bytes = b'{"papers": []}'
    heads: list[dict[str, str]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)


@contextmanager
def listening() -> Iterator[Office]:
    office = Office()
    office.silent.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            office.heads.append({name.lower(): value for name, value in self.headers.items()})
            office.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            office.silent.wait(5)
            try:
                self.send_response(office.status)
                self.send_header("content-length", str(len(office.body)))
                self.end_headers()
                self.wfile.write(office.body)
            except OSError:
                pass  # whoever asked has gone

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    office.url = f"http://127.0.0.1:{server.server_address[1]}/licences"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield office
    finally:
        office.silent.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def office() -> Iterator[Office]:
    with listening() as made:
        yield made


def question(*papers: str) -> Question:
    holder = Holder(HolderKind.COMPANY, "91350100M000100Y43", acting="person-1")
    return Question(uuid7(), holder, ("company-start",), papers or ("营业执照",))


async def test_only_what_is_needed_goes_out_and_only_what_was_asked_comes_in(
    office: Office, clock: ManualClock
) -> None:
    office.body = json.dumps(
        {
            "papers": [
                {"name": "营业执照", "valid_until": "2031-05-01", "number": "never let in"},
                {"name": "户口簿", "valid_until": None},
            ]
        }
    ).encode()
    system = HttpLicences(office.url, "secret", now=clock.now)
    asked = question()
    found = await system.on_file(asked)
    await system.aclose()
    assert found.until == {"营业执照": date(2031, 5, 1)}
    assert office.heads[0]["authorization"] == "Bearer secret"
    assert office.asked == [
        {
            "consent": str(asked.consent),
            "services": ["company-start"],
            "papers": ["营业执照"],
            "holder": {"kind": "company", "value": "91350100M000100Y43", "acting": "person-1"},
        }
    ]


async def test_nothing_on_file_and_not_acting_are_answers_and_no_failures(
    office: Office, clock: ManualClock
) -> None:
    system = HttpLicences(office.url, None, now=clock.now)
    office.status = 404
    assert (await system.on_file(question())).until == {}
    office.status = 403
    for _ in range(4):
        with pytest.raises(NotActing):
            await system.on_file(question())
    assert not system.circuit.is_open
    await system.aclose()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (302, b"{}"),
        (200, b"no JSON"),
        (200, b'{"papers": [{"name": "x", "valid_until": "soon"}]}'),
        (200, b'"' + b"x" * 70_000 + b'"'),
    ],
)
async def test_what_is_no_answer_counts_as_away(
    office: Office, clock: ManualClock, status: int, body: bytes
) -> None:
    office.status, office.body = status, body
    system = HttpLicences(office.url, None, now=clock.now)
    with pytest.raises(LicencesAway):
        await system.on_file(question())
    await system.aclose()


@pytest.mark.slow
async def test_a_slow_system_is_left_and_then_left_alone(
    office: Office, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_system, "DEADLINE_S", 0.1)
    office.silent.clear()
    system = HttpLicences(office.url, None, now=clock.now)
    ask, tries = system._asked, []

    async def counted(own: Any) -> Any:
        tries.append(own)
        return await ask(own)

    # Not what the system has heard: of a try that is given up it may hear later or nothing.
    monkeypatch.setattr(system, "_asked", counted)
    for _ in range(4):
        with pytest.raises(LicencesAway):
            await system.on_file(question())
    assert len(tries) == 3, "the fourth is spared the wait"
    await system.aclose()


async def test_the_stand_in_answers_the_same_person_the_same(clock: ManualClock, vault: Vault) -> None:
    system = StandIn(clock.now, vault)
    papers = tuple(f"证照{number}" for number in range(64))
    first, again = await system.on_file(question(*papers)), await system.on_file(question(*papers))
    assert first == again
    today = clock.now().date()
    ended = [until for until in first.until.values() if until is not None and until < today]
    assert ended
    assert len(ended) < len(first.until) < len(papers)


def test_settings_name_the_system_and_refuse_one_that_anybody_hears(clock: ManualClock, vault: Vault) -> None:
    assert licence_system_of(None, clock.now, vault) is None
    assert isinstance(licence_system_of(LicenceSettings(kind="stand_in"), clock.now, vault), StandIn)
    with pytest.raises(ValueError, match="https"):
        LicenceSettings(kind="http", url="http://licences.example")

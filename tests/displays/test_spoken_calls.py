"""What a hall has set about its voice is what is spoken, at once; a stand-in for the speech program."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from booking.policy import service as values
from displays import speech
from queueing import service
from tests.queueing.test_ticket_day import issue

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

CLIP = "/lobby/H1/speech/{}/A001/1.wav?one={}"


@pytest.fixture
def called(
    sqlite_parts: Parts, sqlite_city: SmallCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first ticket is called to window 1, and a program "speaks" by saying its text back."""
    program = tmp_path / "speaks"
    program.write_text(
        '#!/bin/sh\nprintf RIFF\nfor word in "$@"; do last="$word"; done\nprintf "%s" "$last"\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(speech, "program", lambda: str(program))
    monkeypatch.setattr(speech, "_clips", type(speech._clips)())
    issue(sqlite_parts.database, sqlite_city, sqlite_parts.vault, sqlite_parts.clock)
    clerk, window = sqlite_city.clerks[0], sqlite_city.windows[0]
    for use_case in (service.open_window, service.call_next):
        sqlite_parts.database.write_now(use_case, window, by=clerk, clock=sqlite_parts.clock)


def publish(parts: Parts, city: SmallCity, **wanted: float) -> None:
    held = parts.database.read_now(values.values_of, "H1", by=city.manager)
    parts.database.write_now(
        values.set_values, "H1", wanted, base=held.base, by=city.manager, clock=parts.clock
    )


@pytest.mark.usefixtures("called")
async def test_one_is_spoken_as_the_hall_has_set_it_whatever_a_screen_asks_for(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    assert (await sqlite_client.get(CLIP.format("zh", "一"))).text == "RIFF请 A 零 零 一 号，到 一 号窗口"
    publish(sqlite_parts, sqlite_city, voice_one=1)
    for asked in ("幺", "一"):
        spoken = await sqlite_client.get(CLIP.format("zh", asked))
        assert spoken.text == "RIFF请 A 零 零 幺 号，到 一 号窗口"
    english = (await sqlite_client.get(CLIP.format("en", "幺"))).text
    assert english == "RIFFTicket A zero zero one, please go to window 1"


async def test_screens_hear_of_order_and_size_with_the_board(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    board = "/api/v1/halls/H1/board"
    usual = {"languages": ["zh", "en"], "one": "一", "digit_share": 0.1}
    assert (await sqlite_client.get(board)).json()["announcing"] == usual
    publish(sqlite_parts, sqlite_city, voice_order=2, farthest_seat_metres=20, picture_cm=93)
    told = (await sqlite_client.get(board)).json()["announcing"]
    assert told == {"languages": ["en", "zh"], "one": "一", "digit_share": 0.1434}
    assert (await sqlite_client.get("/lobby/H1/now")).json()["board"]["announcing"] == told

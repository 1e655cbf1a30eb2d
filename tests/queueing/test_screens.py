"""A lobby screen without sound, or without its line, is told to the desk, and no more when it is mended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from kernel.devices import add_device, device_by_token
from kernel.identity import WrongHall
from kernel.identity_tables import DeviceRow
from kernel.ids import uuid7
from kernel.work_tables import OutboxRow
from queueing.rules.screens import AWAY_AFTER, BACK_WITHIN, FORGOTTEN_AFTER, Sound
from queueing.screens import service

if TYPE_CHECKING:
    from uuid import UUID

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

OUTBOX = OutboxRow.__table__
DEVICES = DeviceRow.__table__
SECOND = timedelta(seconds=1)


class Lobby:
    """The first hall's lobby screen, and what its clerk is told of it."""

    def __init__(self, database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> None:
        self.database, self.city, self.clock = database, city, clock
        self.device: Any = database.read_now(device_by_token, city.tokens["lobby"], vault=vault)

    def says(self, sound: Sound, link: UUID, drift: timedelta | None = None) -> None:
        self.database.write_now(service.heard, self.device, sound, link, clock=self.clock, drift=drift)

    def leaves(self, link: UUID) -> None:
        self.database.write_now(service.left, self.device, link, clock=self.clock)

    def told(self, **how: Any) -> list[tuple[str, str, Any]]:
        by, now = self.city.clerks[0], self.clock.now()
        screens = self.database.read_now(service.screens, "H1", by=by, now=now, **how)
        return [(own.name, own.state.value, own.since) for own in screens]

    def drifts(self) -> list[Any]:
        by, now = self.city.clerks[0], self.clock.now()
        return [own.drift for own in self.database.read_now(service.screens, "H1", by=by, now=now)]

    def news(self) -> list[str]:
        """Return what desks were told to look at anew."""
        rows = self.database.read_now(
            lambda session: session.execute(select(OUTBOX.c.payload).order_by(OUTBOX.c.id)).scalars().all()
        )
        return [payload["what"] for payload in rows]


@pytest.fixture
def lobby(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Lobby:
    return Lobby(database, city, vault, clock)


def test_silence_is_told_since_when_and_ends_with_the_sound(lobby: Lobby) -> None:
    link, began = uuid7(), lobby.clock.now()
    lobby.says(Sound.SILENT, link)
    lobby.clock.advance(60 * SECOND)
    lobby.says(Sound.SILENT, link)
    assert lobby.told() == [("lobby", "silent", began)], "said again, it is silent since the first time"
    lobby.clock.advance(5 * SECOND)
    lobby.says(Sound.CHIME, link)
    assert lobby.told() == [("lobby", "chime", lobby.clock.now())]
    lobby.says(Sound.VOICE, link)
    assert [state for _, state, _ in lobby.told()] == ["voice"]
    assert lobby.news() == ["silent", "chime", "voice"], "desks hear of changes alone"


def test_a_screen_whose_line_ends_is_told_unless_it_comes_back(lobby: Lobby) -> None:
    first, second = uuid7(), uuid7()
    lobby.says(Sound.VOICE, first)
    lobby.leaves(first)
    gone = lobby.clock.now()
    lobby.clock.advance(BACK_WITHIN)
    assert lobby.told()[0][1] == "voice", "a reload is nothing to tell"
    lobby.clock.advance(SECOND)
    assert lobby.told() == [("lobby", "away", gone)]
    lobby.says(Sound.VOICE, second)
    assert lobby.told()[0][1] == "voice"
    assert lobby.news() == ["voice", "left", "voice"]


def test_the_end_of_an_old_line_never_marks_a_screen_that_is_back(lobby: Lobby) -> None:
    first, second = uuid7(), uuid7()
    lobby.says(Sound.VOICE, first)
    lobby.says(Sound.VOICE, second)
    lobby.leaves(first)  # a dead link is noticed long after the screen has dialled again
    lobby.clock.advance(60 * SECOND)
    assert lobby.told()[0][1] == "voice"
    assert lobby.news() == ["voice"]


def test_a_screen_that_falls_silent_without_a_farewell_is_told(lobby: Lobby) -> None:
    link = uuid7()
    lobby.says(Sound.VOICE, link)
    heard = lobby.clock.now()
    lobby.clock.advance(AWAY_AFTER)
    assert lobby.told()[0][1] == "voice"
    lobby.clock.advance(SECOND)
    assert lobby.told() == [("lobby", "away", heard)]
    assert lobby.told(speed=20.0)[0][1] == "voice", "the clock of a quick demo is no sign"
    lobby.clock.advance(FORGOTTEN_AFTER)
    assert lobby.told() == [], "a screen that was taken away is not told for ever"


def test_screens_that_were_disabled_and_other_halls_are_not_told(lobby: Lobby) -> None:
    lobby.says(Sound.SILENT, uuid7())
    with pytest.raises(WrongHall):
        lobby.database.read_now(service.screens, "H1", by=lobby.city.other_clerk, now=lobby.clock.now())
    off = update(DEVICES).where(DEVICES.c.id == lobby.device.id).values(disabled=True)
    lobby.database.write_now(lambda session: session.execute(off) and None)
    assert lobby.told() == []


def test_a_screen_that_was_locked_out_is_not_listened_to_on_the_line_it_has(lobby: Lobby) -> None:
    link = uuid7()
    lobby.says(Sound.VOICE, link)
    off = update(DEVICES).where(DEVICES.c.id == lobby.device.id).values(disabled=True)
    lobby.database.write_now(lambda session: session.execute(off) and None)
    for sound in (Sound.SILENT, Sound.VOICE, Sound.SILENT):
        lobby.says(sound, link)
    lobby.says(Sound.CHIME, uuid7())
    assert lobby.news() == ["voice"], "a stolen screen keeps no desk and no hall's lock busy"


@pytest.mark.parametrize(
    ("drift", "told"),
    [(None, None), (2 * SECOND, None), (-3 * SECOND, -3 * SECOND), (timedelta(days=9), timedelta(days=9))],
)
def test_a_clock_is_told_once_it_is_off_by_more_than_two_seconds_and_until_it_is_right(
    lobby: Lobby, drift: timedelta | None, told: timedelta | None
) -> None:
    link = uuid7()
    lobby.says(Sound.VOICE, link, drift)
    assert lobby.drifts() == [told]
    lobby.says(Sound.VOICE, link, timedelta(0))
    assert lobby.drifts() == [None]
    lobby.says(Sound.VOICE, link, drift)
    assert lobby.drifts() == [told], "the same again on the same line says how the clock is now"


def test_a_screen_above_a_window_has_no_sound_and_is_told_when_it_is_gone(lobby: Lobby, vault: Vault) -> None:
    token = lobby.database.write_now(
        add_device, lobby.city.hall, kind="window", name="window 2", vault=vault, window="2"
    )
    lobby.device = lobby.database.read_now(device_by_token, token, vault=vault)
    assert lobby.device.window == "2"
    link, since = uuid7(), lobby.clock.now()
    lobby.says(Sound.NONE, link)
    assert lobby.told() == [("window 2", "none", since)]
    lobby.leaves(link)
    lobby.clock.advance(BACK_WITHIN + SECOND)
    assert [(name, state) for name, state, _ in lobby.told()] == [("window 2", "away")]

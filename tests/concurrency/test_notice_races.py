"""Races of notices and screens: on both databases, each beside a twin that removes the guard."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import IntegrityError

from kernel.devices import device_by_token
from kernel.ids import uuid7
from queueing.notices import service, store
from queueing.notices.errors import TooManyNotices
from queueing.notices.service import NewNotice
from queueing.rules.notices import MOST
from queueing.rules.screens import Sound
from queueing.screens import service as screens
from queueing.screens import store as screen_store
from tests.support.races import behind_the_writer, side_by_side

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

HOUR = timedelta(hours=1)


def at_once(work: Callable[[], Any], count: int) -> list[Any]:
    """Do the same several times at one moment; a refusal is an answer too."""

    def answered(_: int) -> Any:
        try:
            return work()
        except (TooManyNotices, IntegrityError) as refused:
            return type(refused)

    return side_by_side(answered, count)


@pytest.fixture
def four_up(database: Database, city: SmallCity, clock: ManualClock) -> NewNotice:
    """A hall with one notice fewer than it may have; what every manager puts up next."""
    wanted = NewNotice("停电", "", None, clock.now() + HOUR)
    for _ in range(MOST - 1):
        database.write_now(service.post_notice, "H1", wanted, by=city.manager, clock=clock)
    return wanted


def test_two_managers_put_up_no_more_notices_than_there_may_be(
    database: Database, city: SmallCity, clock: ManualClock, four_up: NewNotice
) -> None:
    answers = at_once(
        lambda: database.write_now(service.post_notice, "H1", four_up, by=city.manager, clock=clock), 4
    )
    assert answers.count(TooManyNotices) == 3
    assert len(database.read_now(store.not_over, city.hall, clock.now())) == MOST


def test_without_the_lock_there_would_be_too_many(
    database: Database, city: SmallCity, clock: ManualClock, four_up: NewNotice
) -> None:
    both_counted = threading.Barrier(2)

    def naive(session: Session) -> None:
        assert len(store.not_over(session, city.hall, clock.now())) < MOST
        both_counted.wait(5)
        notice = store.new_notice(four_up.text_zh, "", clock.now(), four_up.until_at)
        store.add(session, city.hall, notice, by=city.manager.id, at=clock.now())

    at_once(lambda: behind_the_writer(database, naive), 2)
    assert len(database.read_now(store.not_over, city.hall, clock.now())) == MOST + 1


@pytest.fixture
def screen(database: Database, city: SmallCity, vault: Vault) -> Any:
    return database.read_now(device_by_token, city.tokens["lobby"], vault=vault)


def test_a_screen_that_dials_twice_at_once_is_there_once(
    database: Database, city: SmallCity, clock: ManualClock, screen: Any
) -> None:
    def dial() -> None:
        database.write_now(screens.heard, screen, Sound.VOICE, uuid7(), clock=clock)

    assert at_once(dial, 4) == [None] * 4
    assert len(database.read_now(screen_store.screens_of, city.hall)) == 1


def test_without_the_lock_a_screen_s_second_line_fails(
    database: Database, clock: ManualClock, screen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_looked = threading.Barrier(2)
    insert = screen_store.insert  # type: ignore[attr-defined]

    def late(table: Any) -> Any:
        both_looked.wait(5)
        return insert(table)

    monkeypatch.setattr(screen_store, "insert", late)

    def naive(session: Session) -> None:
        screen_store.put(session, screen, Sound.VOICE, uuid7(), at=clock.now())

    answers = at_once(lambda: behind_the_writer(database, naive), 2)
    assert sorted(map(str, answers)) == sorted(map(str, (None, IntegrityError)))

"""Whoever waits is told of a place by a message, in their language, once, and of nothing that is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from booking import service
from booking.messages import planning
from booking.messages.tables import MessageContactRow, MessageRow
from booking.waitlist import service as waitlist
from kernel.settings import MessageSettings
from tests.booking.booking_city import local
from tests.waitlist.waiters import Waiters, times

TERMS = MessageSettings(kind="log", origin="https://jb.example.cn")


def messages(waiters: Waiters) -> list[tuple[str, str, str]]:
    """Return kind, status and text of all messages but the confirmations of those who booked first."""
    found: list[Any] = sorted(waiters.rows(MessageRow), key=lambda row: row.id)  # type: ignore[attr-defined]
    return [
        (row.kind, row.status, waiters.vault.open(row.text_sealed, field=planning.TEXT_FIELD))
        if row.text_sealed
        else (row.kind, row.status, "")
        for row in found
    ]


def test_a_kept_place_is_told_once_with_the_link_of_the_wait(waiters: Waiters) -> None:
    taken = waiters.taken()
    waiters.database.carry(messages=TERMS)
    token = waiters.join(1, locale="en")
    waiters.do(service.cancel, taken)
    waiters.round()
    waiters.round()
    ((kind, status, text),) = messages(waiters)
    assert (kind, status) == ("time_free", "planned")
    assert f"https://jb.example.cn/w/{token}" in text
    assert "Take it by 10:10" in text
    waiters.take(token)
    kinds = [(kind, status) for kind, status, _ in messages(waiters)]
    assert ("time_free", "void") in kinds, "what was not sent yet is not sent any more"
    assert ("confirmed", "planned") in kinds
    told = [text for kind, _, text in messages(waiters) if kind == "confirmed"]
    assert "Booked" in told[0], "in the language in which they waited"


def test_a_place_that_is_not_kept_any_more_is_not_told(waiters: Waiters) -> None:
    first, second = waiters.taken(), waiters.taken(local(14, days=1), number=1)
    waiters.database.carry(messages=TERMS)
    lapsing, declining = waiters.join(2), waiters.join(3, times(minutes=(840, 870)))
    waiters.do(service.cancel, first)
    waiters.do(service.cancel, second)
    assert waiters.round().made == 2
    waiters.do(waitlist.decline, declining)
    waiters.clock.advance(timedelta(minutes=31))
    waiters.round()
    assert [status for _, status, _ in messages(waiters)] == ["void", "void"]
    waiters.do(waitlist.leave, lapsing)
    waiters.do(waitlist.leave, declining)
    assert waiters.rows(MessageContactRow) == [], "whom to tell is forgotten with the wait"
    assert [text for _, _, text in messages(waiters)] == ["", ""]


def test_who_waits_for_an_earlier_time_is_told_of_it_and_of_the_move(waiters: Waiters) -> None:
    waiters.database.carry(messages=TERMS)
    late, early = waiters.taken(local(11, days=1), number=1), waiters.taken()
    token = waiters.earlier(late, times())
    waiters.do(service.cancel, early)
    waiters.round()
    waiters.take(token)
    kinds = [kind for kind, status, _ in messages(waiters) if status in ("planned", "void")]
    assert kinds.count("time_free") == 1
    assert kinds.count("moved") == 1


def test_without_messages_nobody_is_kept_to_be_told(waiters: Waiters) -> None:
    taken = waiters.taken()
    waiters.join(1)
    waiters.do(service.cancel, taken)
    assert waiters.round().made == 1
    assert waiters.rows(MessageContactRow) == []

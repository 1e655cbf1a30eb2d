"""What messages say about an appointment that is not held in the hall, and that nobody is sent on a way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from booking import service
from booking.messages import sending
from booking.rules.meeting import AppointmentKind
from booking.rules.message_texts import ELSEWHERE, HOW, MessageFacts, message_text, parts
from booking.rules.messages import MessageKind
from kernel.i18n import translator
from tests.booking.booking_city import build_city, local
from tests.meeting.caller import PHONE, Caller
from tests.messages.conftest import TERMS

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

ROOM = "https://video.example/" + "k" * 16
WORDS = {
    AppointmentKind.PHONE: ("我们会打电话给您", "We call you"),
    AppointmentKind.VIDEO: (ROOM, ROOM),
    AppointmentKind.HOME: ("我们上门办理", "We come to you"),
}


def said(kind: MessageKind, held: AppointmentKind, locale: str) -> str:
    facts = MessageFacts(
        "汕尾市政务服务中心", "Shanwei City Hall", "Asia/Shanghai", local(10, 30), held=held,
        room=ROOM if held is AppointmentKind.VIDEO else "",
    )  # fmt: skip
    links = {"link": "https://jb.example.cn/a/" + "x" * 22, "stop": "https://jb.example.cn/m/abcdefgh"}
    return message_text(kind, facts, locale=locale, say=translator(locale), signature="【近办】", **links)


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("held", list(HOW))
def test_each_says_how_and_where_nothing_is_to_be_gone_to(held: AppointmentKind, locale: str) -> None:
    for kind in set(ELSEWHERE) - {MessageKind.CANCELLED_BY_HALL}:
        text = said(kind, held, locale)
        assert WORDS[held][locale == "en"] in text
        for way in ("When to leave", "出发", "bring", "请携带", "{"):
            assert way not in text, text


@pytest.mark.parametrize("held", list(HOW))
def test_nobody_is_asked_not_to_come_who_was_not_to_come(held: AppointmentKind) -> None:
    assert "do not come" not in said(MessageKind.CANCELLED_BY_HALL, held, "en")


def test_in_the_hall_nothing_changes() -> None:
    assert "When to leave" in said(MessageKind.HOURS_BEFORE, AppointmentKind.HALL, "en")


@pytest.mark.parametrize("held", list(HOW))
def test_they_stay_short(held: AppointmentKind) -> None:
    assert max(parts(said(kind, held, "zh")) for kind in ELSEWHERE) <= 4


@pytest.mark.parametrize(("locale", "word"), [("zh", "到厅办理"), ("en", "Please come")])
def test_who_was_to_be_called_and_comes_now_is_asked_to_come(
    database: Database, clock: ManualClock, vault: Vault, locale: str, word: str
) -> None:
    database.carry(messages=TERMS)
    caller = Caller(database, clock, vault, database.write_now(build_city))
    caller.offer(PHONE)
    booked = caller.book_as(PHONE, local(10, days=1), locale=locale)
    claim = {"clock": clock, "vault": vault, "limit": 10}
    (first,) = database.write_now(sending.claim_due, **claim)
    assert WORDS[PHONE][locale == "en"] in first.text
    for kind in (AppointmentKind.HALL, PHONE):
        caller.do(service.reschedule, booked.token, local(10, days=1), service.OtherKind(kind))
        (news,) = database.write_now(sending.claim_due, **claim)
        assert (word in news.text) == (kind is AppointmentKind.HALL), news.text
        assert (WORDS[PHONE][locale == "en"] in news.text) == (kind is PHONE), news.text


def test_whom_the_hall_never_called_is_told_in_the_morning(
    database: Database, clock: ManualClock, vault: Vault
) -> None:
    """They sat by the telephone; that their page says so is no word to them."""
    database.carry(messages=TERMS)
    caller = Caller(database, clock, vault, database.write_now(build_city))
    caller.offer(PHONE)
    booked = caller.book_as(PHONE)
    claim = {"clock": clock, "vault": vault, "limit": 10}
    database.write_now(sending.claim_due, **claim)
    caller.end_day()
    caller.roll_over()
    assert database.write_now(sending.claim_due, **claim) == [], "nobody is woken"
    clock.set(local(8, 1, days=1))
    (news,) = database.write_now(sending.claim_due, **claim)
    assert "取消" in news.text
    assert f"/a/{booked.token}" in news.text

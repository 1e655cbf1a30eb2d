"""When messages go out and what they say: pure rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.rules.message_texts import TEXTS, WITHOUT_STOP, MessageFacts, message_text, parts
from booking.rules.message_times import (
    APART,
    Reminders,
    answer,
    cancellation,
    is_quiet,
    quiet_over,
    reminders,
    soon,
)
from booking.rules.messages import (
    ATTEMPTS,
    LEASE,
    MESSAGE_ENDINGS,
    MESSAGE_TRANSITIONS,
    Go,
    Held,
    HeldBecause,
    MessageAction,
    MessageKind,
    MessageStatus,
    WaitUntil,
    again_at,
    before_sending,
)
from kernel.i18n import translator
from tests.booking.booking_city import ZONE, local

instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from([ZONE, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Urumqi")])


def planned(starts_at: datetime, told_at: datetime) -> list[datetime]:
    found = reminders(starts_at, ZONE, told_at=told_at)
    return [own.at for own in (found.day_before, found.hours_before) if own is not None]


@pytest.mark.parametrize(
    ("start", "told", "expected"),
    [
        # In time: the day before at that hour, and two hours before.
        (local(10, 30, days=3), local(9), [local(10, 30, days=2), local(8, 30, days=3)]),
        # Two hours before 9:30 is quiet: at eight there is still an hour and a half.
        (local(9, 30, days=3), local(9), [local(9, 30, days=2), local(8, days=3)]),
        # Two hours before 8:30 is quiet, and at eight it is too late: the evening before.
        (local(8, 30, days=3), local(9), [local(8, 30, days=2), local(20, days=2)]),
        # Booked yesterday afternoon for this time tomorrow: nobody forgets within three hours.
        (local(11, days=1), local(9, 40), [local(9, days=1)]),
        # Booked in the morning for noon: the booking itself was the reminder.
        (local(12), local(9, 40), []),
        # An evening hall: the day before is told at eight in the evening at the latest.
        (local(21, 30, days=3), local(9), [local(20, days=2), local(19, 30, days=3)]),
    ],
)
def test_reminders_come_when_they_help(start: datetime, told: datetime, expected: list[datetime]) -> None:
    assert planned(start, told) == expected


def awake(at: datetime, zone: ZoneInfo) -> bool:
    """Say it apart from the rule, which would agree with itself."""
    return 8 <= at.astimezone(zone).hour < 21


@given(instants, zones, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_no_reminder_is_ever_planned_for_the_quiet_hours(
    start: datetime, zone: ZoneInfo, ahead: timedelta
) -> None:
    found: Reminders = reminders(start, zone, told_at=start - ahead)
    told = [start - ahead]
    for own in (found.day_before, found.hours_before):
        if own is None:
            continue
        assert awake(own.at, zone)
        assert own.at < own.not_after < start
        assert own.at - told[-1] >= APART
        told.append(own.at)


@given(instants, instants, zones, st.booleans())
def test_what_is_let_through_is_never_stopped_late_or_quiet(
    now: datetime, not_after: datetime, zone: ZoneInfo, stopped: bool
) -> None:
    decided = before_sending(not_after=not_after, any_hour_until=None, stopped=stopped, now=now, zone=zone)
    if decided == Go():
        assert not stopped
        assert now <= not_after
        assert awake(now, zone)
    elif isinstance(decided, WaitUntil):
        assert now < decided.at <= not_after
        assert awake(decided.at, zone)


def test_the_quiet_hours_end_at_eight_by_the_halls_clock() -> None:
    assert not is_quiet(local(20, 59), ZONE)
    assert is_quiet(local(21), ZONE)
    assert is_quiet(local(7, 59), ZONE)
    assert not is_quiet(local(8), ZONE)
    assert quiet_over(local(22), ZONE) == quiet_over(local(7, days=1), ZONE) == local(8, days=1)
    assert is_quiet(local(8, 30), ZoneInfo("Asia/Urumqi")), "another zone, another clock"


def test_what_waits_for_the_morning_and_what_does_not() -> None:
    night, start = local(22), local(10, 30, days=1)

    def decided(own: Any) -> Any:
        return before_sending(
            not_after=own.not_after,
            any_hour_until=own.any_hour_until,
            stopped=False,
            now=night,
            zone=ZONE,
        )

    assert decided(answer(start, now=night)) == Go(), "who books at ten in the evening is awake"
    assert decided(answer(start, now=night - timedelta(hours=1))) == WaitUntil(local(8, days=1))
    assert decided(cancellation(start, ZONE, now=night)) == WaitUntil(local(8, days=1))
    assert decided(cancellation(local(8, 30, days=1), ZONE, now=night)) == Go(), "or they go in vain"
    assert decided(soon(now=night)) == Go()
    reminder = reminders(local(8, 20, days=1), ZONE, told_at=local(9)).hours_before
    assert decided(reminder) == Held(HeldBecause.QUIET), "a sender that was away must not make up for it"


def test_who_said_stop_gets_nothing_and_what_is_over_is_not_sent() -> None:
    start = local(10)
    own = answer(start, now=local(9))
    times = {"not_after": own.not_after, "any_hour_until": own.any_hour_until, "zone": ZONE}
    assert before_sending(**times, stopped=True, now=local(9)) == Held(HeldBecause.STOPPED)
    assert before_sending(**times, stopped=False, now=local(10, 1)) == Held(HeldBecause.LATE)


def test_a_failed_message_is_tried_again_later_each_time_and_not_for_ever() -> None:
    now = local(9)
    pauses = [again_at(n, now=now, share=0.5) for n in range(1, ATTEMPTS + 1)]
    waited = [(at - now).total_seconds() for at in pauses if at is not None]
    assert waited == [5, 20, 80, 320, 1280]
    assert pauses[-1] is None
    early, late = again_at(1, now=now, share=0.0), again_at(1, now=now, share=1.0)
    assert early is not None
    assert late is not None
    assert timedelta(seconds=3) < early - now < late - now < LEASE


def test_the_lifecycle_is_whole() -> None:
    reached = {MessageStatus.PLANNED}
    while (
        more := {after for (before, _), after in MESSAGE_TRANSITIONS.items() if before in reached} - reached
    ):
        reached |= more
    assert reached == set(MessageStatus)
    assert {before for before, _ in MESSAGE_TRANSITIONS}.isdisjoint(MESSAGE_ENDINGS)
    assert {action for _, action in MESSAGE_TRANSITIONS} == set(MessageAction)
    for status in set(MessageStatus) - MESSAGE_ENDINGS:
        assert any(before is status for before, _ in MESSAGE_TRANSITIONS)


LONG_HALL = MessageFacts(
    "汕尾红海湾经济开发区政务服务中心",
    "Shanwei High-tech Zone Government Service Centre",
    "Asia/Shanghai",
    local(10, 30, days=1),
    local(11, 10),
    "A042",
)


def text(kind: MessageKind, locale: str) -> str:
    origin = "https://jb.example.cn"
    links = {"link": f"{origin}/a/{'x' * 22}", "stop": f"{origin}/m/{'y' * 12}"}
    return message_text(kind, LONG_HALL, locale=locale, say=translator(locale), signature="【近办】", **links)


@pytest.mark.parametrize("kind", sorted(set(MessageKind) - WITHOUT_STOP))
def test_a_chinese_message_goes_out_in_two_parts_and_says_what_it_must(kind: MessageKind) -> None:
    said = text(kind, "zh")
    assert said.startswith("【近办】")
    assert parts(said) <= 2, f"{len(said)}: {said}"
    assert "https://jb.example.cn/a/" in said
    assert "退订" in said
    assert ("A042" if kind is MessageKind.SOON else "11月19日周四 10:30") in said
    assert translator("zh")(TEXTS[kind]) != TEXTS[kind]


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_code_names_no_link_no_hall_and_no_person(locale: str) -> None:
    said = text(MessageKind.CODE, locale)
    assert "A042" in said, "the code itself"
    assert not any(word in said for word in ("https://", "退订", LONG_HALL.hall_zh, LONG_HALL.hall_en))
    assert (parts(said), parts(text(MessageKind.CODE, "zh"))) == (2 if locale == "en" else 1, 1)


def test_a_message_in_english_names_the_hall_in_english() -> None:
    said = text(MessageKind.CONFIRMED, "en")
    assert "Thu 19 Nov 10:30, Shanwei High-tech Zone Government Service Centre" in said
    assert "No more messages: https://jb.example.cn/m/" in said

"""What messages say, in the reader's language: short, with a link, without a name or what one comes for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel.dates import format_date

from booking.rules.meeting import AppointmentKind
from booking.rules.messages import MessageKind

ONE_PART, OF_SEVERAL = 70, 67  # characters: a long message gives three of each part to its own head

_K = MessageKind
# English ids, translated through gettext like all texts.
TEXTS: Mapping[MessageKind, str] = MappingProxyType(
    {
        _K.CONFIRMED: "Booked: {day} {time}, {hall}. Details, change, cancel: {link}",
        _K.MOVED: "Your appointment is now: {day} {time}, {hall}. Details: {link}",
        _K.CANCELLED_BY_HALL: "The hall had to cancel {day} {time}, {hall}: please do not come. {link}",
        _K.DAY_BEFORE: "Reminder: {day} {time}, {hall}. What to bring, change, cancel: {link}",
        _K.HOURS_BEFORE: "Soon: {day} {time}, {hall}. When to leave: {link}",
        _K.SOON: "Soon your turn: {number}, {hall}. Please come to the waiting area. {link}",
        _K.TIME_FREE: "A time is free: {day} {time}, {hall}. Take it by {until}: {link}",
        _K.CODE: "{number} is your code for “My appointments”, for 10 minutes. Tell it to nobody.",
        _K.ACTIVATION: "{number} is your code for {day} {time}. Type it by {until}. Tell it to nobody.",
        _K.NO_SHOW: "Noted as not kept: {day} {time}, {hall}. Wrong? Appeal here: {link}",
        _K.APPEAL_ANSWERED: "Your appeal about {day} {time}, {hall} is answered: {link}",
    }
)
# Of appointments that are not held in the hall: how one is reached stands in place of the way there.
ELSEWHERE: Mapping[MessageKind, str] = MappingProxyType(
    {
        _K.CONFIRMED: "Booked: {day} {time}, {hall}. {how} Details, change, cancel: {link}",
        _K.MOVED: "Your appointment is now: {day} {time}, {hall}. {how} Details: {link}",
        _K.CANCELLED_BY_HALL: "The hall had to cancel {day} {time}, {hall}. {link}",
        _K.DAY_BEFORE: "Reminder: {day} {time}, {hall}. {how} What you need, change, cancel: {link}",
        _K.HOURS_BEFORE: "Soon: {day} {time}, {hall}. {how} {link}",
    }
)
HOW: Mapping[AppointmentKind, str] = MappingProxyType(
    {
        AppointmentKind.PHONE: "We call you.",
        AppointmentKind.VIDEO: "Open then: {room}",
        AppointmentKind.HOME: "We come to you.",
    }
)
# By which kind the time is that somebody waited for.
FREE: Mapping[AppointmentKind, str] = MappingProxyType(
    {
        AppointmentKind.PHONE: "A telephone time is free: {day} {time}, {hall}. Take it by {until}: {link}",
        AppointmentKind.VIDEO: "A time by video is free: {day} {time}, {hall}. Take it by {until}: {link}",
        AppointmentKind.HOME: "A visit at home is free: {day} {time}, {hall}. Take it by {until}: {link}",
    }
)
# Of what was to be held elsewhere and is held in the hall now: nobody shall sit at home and wait for a call.
COMES_NOW: Mapping[MessageKind, str] = MappingProxyType(
    {_K.MOVED: "Your appointment is now in the hall: {day} {time}, {hall}. Please come. Details: {link}"}
)
# Asked for at this moment, and gone in minutes: a link to stop it would lead to nothing.
WITHOUT_STOP = frozenset({_K.CODE, _K.ACTIVATION})
STOP = "No more messages: {link}"


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What a message tells: the hall's names and zone, and what its kind needs of the rest.

    ``number``: of a ticket, or a code. ``held``: how the appointment is held, by video in ``room``;
    ``comes_now``: it was to be held elsewhere before.
    """

    hall_zh: str
    hall_en: str
    zone: str
    starts_at: datetime | None = None
    until: datetime | None = None
    number: str = ""
    held: AppointmentKind = AppointmentKind.HALL
    room: str = ""
    comes_now: bool = False


def message_text(
    kind: MessageKind,
    facts: MessageFacts,
    *,
    locale: str,
    say: Callable[[str], str],
    signature: str,
    link: str,
    stop: str,
) -> str:
    """Return the text of a message; ``say`` is gettext for ``locale``."""
    words = {
        "hall": facts.hall_zh if locale == "zh" else facts.hall_en or facts.hall_zh,
        "day": _day(facts.starts_at, facts.zone, locale),
        "time": _time(facts.starts_at, facts.zone),
        "until": _time(facts.until, facts.zone),
        "number": facts.number,
        "link": link,
    }
    text = TEXTS[kind]
    if facts.held in HOW and kind in ELSEWHERE:
        text, words["how"] = ELSEWHERE[kind], say(HOW[facts.held]).format(room=facts.room)
    elif kind is _K.TIME_FREE:
        text = FREE.get(facts.held, text)
    elif facts.comes_now:
        text = COMES_NOW.get(kind, text)
    said = f"{signature}{say(text).format(**words)}"
    return said if kind in WITHOUT_STOP else f"{said} {say(STOP).format(link=stop)}"


def _day(at: datetime | None, zone: str, locale: str) -> str:
    if at is None:
        return ""
    pattern = "M月d日EEE" if locale == "zh" else "EEE d MMM"
    return format_date(at.astimezone(ZoneInfo(zone)), pattern, locale=locale)


def _time(at: datetime | None, zone: str) -> str:
    return "" if at is None else at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def parts(text: str) -> int:
    """Return in how many parts a message goes out, as operators bill it: 70 characters, or 67 each.

    >>> parts("好" * 70), parts("好" * 71), parts("好" * 134), parts("好" * 135)
    (1, 2, 2, 3)
    """
    characters = len(text.encode("utf-16-le")) // 2
    return 1 if characters <= ONE_PART else ceil(characters / OF_SEVERAL)

"""Where an appointment is held: at the hall, by telephone, by video, or at home with whoever cannot come."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from urllib.parse import urlsplit

from queueing.rules.notices import plain_text

LONGEST_LINK, LONGEST_ZH, LONGEST_EN = 200, 200, 400
LONGEST_ADDRESS, SHORTEST_ADDRESS = 120, 5
SHOWN_OF_ADDRESS = 6  # the town or the street, never the house
ROOM = "{room}"
_LINK = re.compile(r"[!-~]+")


class AppointmentKind(StrEnum):
    """How whoever booked and the clerk meet."""

    HALL = "hall"
    PHONE = "phone"
    VIDEO = "video"
    HOME = "home"


# Served at a window, by a clerk who reaches the person from there.
REMOTE = frozenset({AppointmentKind.PHONE, AppointmentKind.VIDEO})
CHOOSABLE = (AppointmentKind.PHONE, AppointmentKind.VIDEO, AppointmentKind.HOME)


def is_link(template: str) -> bool:
    """Return whether a video link, with or without a place for the room, can be opened: https, with a host.

    >>> is_link("https://video.example/{room}"), is_link("http://video.example"), is_link("https://{room}/")
    (True, False, False)
    """
    if len(template) > LONGEST_LINK or not _LINK.fullmatch(template) or template.count(ROOM) > 1:
        return False
    try:
        parts = urlsplit(template)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and bool(host) and not {"{", "}"} & set(template.replace(ROOM, "") + host)


def video_link(template: str, room: str) -> str:
    """Return the link of one appointment: its own room where the template names one, else the hall's.

    >>> video_link("https://video.example/{room}", "k3")
    'https://video.example/k3'
    """
    return template.replace(ROOM, room)


def normal_address(text: str) -> str | None:
    """Return an address as it is kept, None for what is too short or too long to be one.

    Whoever goes there reads it on a list: nothing in it turns a line around, and nobody is led to blanks.

    >>> normal_address(" 汕尾大道  １号 "), normal_address("1"), normal_address("\u200b" * 9)
    ('汕尾大道 1号', None, None)
    """
    address = plain_text(unicodedata.normalize("NFKC", text))
    return address if SHORTEST_ADDRESS <= len(address) <= LONGEST_ADDRESS else None


def masked_address(address: str) -> str:
    """Return the beginning of an address.

    >>> masked_address("汕尾大道12号3栋101"), masked_address("大道12号")
    ('汕尾大道12******', '大道***')
    """
    kept = address[: min(SHOWN_OF_ADDRESS, len(address) // 2)]
    return kept + "*" * (len(address) - len(kept))

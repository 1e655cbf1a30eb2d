"""What a receiver is told of an event: ids and codes, never a name, a telephone number or a token."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from booking.rules.webhooks import PING, WebhookKind

_K = WebhookKind
Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A hall as receivers know it; ``prefixes``: the letter of each queue by its id."""

    code: str
    timezone: str
    prefixes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a hall as a receiver reads it."""

    kind: WebhookKind
    body: str


# How a ticket left a window or its queue; whatever is not named here has ended for good.
LEFT: Mapping[str, WebhookKind] = MappingProxyType(
    {
        "finished": _K.TICKET_SERVED,
        "serve_on_paper": _K.TICKET_SERVED,
        "served_on_paper": _K.TICKET_SERVED,
        "missed": _K.TICKET_MISSED,
        "parked": _K.TICKET_PARKED,
    }
)
HOW = MappingProxyType({"give_up": "given_up"})  # one word for one end


def _ticket(payload: Payload, place: Place) -> dict[str, Any]:
    told: dict[str, Any] = {"number": payload["number"]}
    if payload.get("queue_id") is not None:
        told["queue"] = place.prefixes.get(str(payload["queue_id"]))
    if payload.get("window") is not None:
        told["window"] = payload["window"]
    if payload.get("remote"):
        told["remote"] = True
    return told


def _called(payload: Payload, place: Place) -> dict[str, Any]:
    return _ticket(payload, place) | {"times": payload.get("times", 1)}


def _left(payload: Payload, place: Place) -> dict[str, Any]:
    return _ticket(payload, place) | {"how": HOW.get(payload["how"], payload["how"])}


def _again(payload: Payload, place: Place) -> dict[str, Any]:
    return _ticket(payload, place) | {"how": payload["how"]}


def _back(payload: Payload, place: Place) -> dict[str, Any]:
    return _ticket(payload, place) | {"status": payload["status"]}


def _appointment(payload: Payload, _place: Place) -> dict[str, Any]:
    told = {"appointment_id": payload["appointment_id"], "starts_at": payload["starts_at"]}
    told["meeting"] = payload.get("meeting", "hall")  # what happened before kinds were told stays a day
    if "from_starts_at" in payload:
        told["from_starts_at"] = payload["from_starts_at"]
        told["from_meeting"] = payload.get("from_meeting", told["meeting"])
    if "by" in payload:
        told["by"] = payload["by"]
    return told


def _plan(payload: Payload, _place: Place) -> dict[str, Any]:
    return {"plan_version": payload["plan_version"], "serves": payload["serves"]}


def _notices(payload: Payload, _place: Place) -> dict[str, Any]:
    keys = ("id", "from_at", "until_at")
    return {"notices": [{key: own[key] for key in keys} for own in payload["notices"]]}


_Tell = Callable[[Payload, Place], dict[str, Any]]
# Event of the halls -> what it is called outside, and what is told of it.
TOLD: Mapping[str, tuple[WebhookKind, _Tell]] = MappingProxyType(
    {
        "appointment_confirmed": (_K.APPOINTMENT_BOOKED, _appointment),
        "appointment_moved": (_K.APPOINTMENT_CHANGED, _appointment),
        "appointment_cancelled": (_K.APPOINTMENT_CANCELLED, _appointment),
        "appointment_checked_in": (_K.APPOINTMENT_CHECKED_IN, _appointment),
        "appointment_no_show": (_K.APPOINTMENT_NO_SHOW, _appointment),
        "ticket_issued": (_K.TICKET_ISSUED, _ticket),
        "ticket_called": (_K.TICKET_CALLED, _called),
        "ticket_recalled": (_K.TICKET_CALLED, _called),
        "ticket_started": (_K.TICKET_STARTED, _ticket),
        "ticket_left_window": (_K.TICKET_ENDED, _left),
        "ticket_left_queue": (_K.TICKET_ENDED, _left),
        "ticket_requeued": (_K.TICKET_WAITING_AGAIN, _again),
        "ticket_back_at_window": (_K.TICKET_BACK_AT_WINDOW, _back),
        "window_plan_applied": (_K.PLAN_APPLIED, _plan),
        "notices_changed": (_K.NOTICES_CHANGED, _notices),
    }
)


def told(event: str, payload: Payload, *, seq: int, at: datetime, place: Place) -> Told | None:
    """Return what receivers are told of an event; None for what is nobody's business outside.

    The body is text from here on: a repeat is the same to the last byte, and so is what was signed.
    """
    if event not in TOLD:
        return None
    kind, tell = TOLD[event]
    if kind is _K.TICKET_ENDED:
        kind = LEFT.get(payload["how"], kind)
    day = at.astimezone(ZoneInfo(place.timezone)).date().isoformat()
    data = {"hall": place.code, "seq": seq, "day": day, **tell(payload, place)}
    return Told(kind, _body(kind, at, data))


def ping_body(at: datetime) -> str:
    """Return the body of a test event."""
    return _body(PING, at, {})


def _body(kind: str, at: datetime, data: Mapping[str, Any]) -> str:
    said = {"type": kind, "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z"), "data": data}
    return json.dumps(said, separators=(",", ":"))

"""A time that somebody else took, or that ran out: what happened, and the nearest free ones."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from booking import service
from booking.errors import HoldExpired
from displays.forms import new_key
from displays.meeting import kind_in
from displays.rendering import page
from kernel import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from booking.rules.meeting import AppointmentKind
    from booking.service import AppointmentView
    from displays.change_kind import Wanted
    from kernel.errors import Refusal
    from kernel.web.parts import Parts

DAYS_SEARCHED = 7
OFFERED = 3  # nearest times when one is lost


def people_in(party: int) -> list[tuple[str, str]]:
    """Return how many come as it stands in an address: not at all where one comes."""
    return [("party", str(party))] if party > 1 else []


async def lost_booking(
    request: Request,
    here: Parts,
    lost: Refusal,
    hall: str,
    codes: list[str],
    answers: object,
    party: int,
    kind: AppointmentKind,
) -> Response:
    """Offer the nearest free times in the hall with everything that was typed."""
    asked = [("hall", hall), *(("service", code) for code in codes), *people_in(party), *kind_in(kind)]
    times = f"/book?{urlencode(asked)}"
    return await _page(
        request,
        here,
        lost,
        hall,
        codes,
        action="/book",
        times=times,
        answers=answers,
        moving=None,
        wanted=None,
        party=party,
        kind=kind,
    )


async def lost_change(
    request: Request,
    here: Parts,
    lost: Refusal,
    token: str,
    found: AppointmentView,
    wanted: Wanted | None = None,
) -> Response:
    """Offer the nearest free times for an appointment that stays as it is until one of them is its own.

    ``wanted``: how it was to be held from then on; what was typed for it is kept.
    """
    own = f"/a/{quote(token)}"
    times = f"{own}/change" + (f"?kind={wanted.kind.value}" if wanted else "")
    codes = [each.code for each in found.services]
    return await _page(
        request,
        here,
        lost,
        found.hall.code,
        codes,
        action=f"{own}/change/kind" if wanted else f"{own}/change",
        times=times,
        keep=own,
        answers=None,
        moving=found,
        wanted=wanted,
        party=found.party,
        kind=found.meeting.kind,
    )


async def _page(
    request: Request, here: Parts, lost: Refusal, hall: str, codes: Sequence[str], **context: Any
) -> Response:
    return page(
        request,
        "public/time_lost.html",
        status=lost.status,
        personal=True,
        here=context["times"],
        hall=await here.database.read(catalogue.hall_by_code, hall),
        codes=codes,
        near=[(start, new_key()) for start in await _nearest(here, lost, hall, codes, context["party"])],
        ran_out=isinstance(lost, HoldExpired),
        **context,
    )


async def _nearest(here: Parts, lost: Refusal, hall: str, codes: Sequence[str], party: int) -> list[datetime]:
    known = lost.facts.get("next_free")
    if isinstance(known, list):
        return [datetime.fromisoformat(start) for start in known]
    days = await here.database.read(
        service.free_slots,
        hall,
        codes,
        first_day=None,
        days=DAYS_SEARCHED,
        now=here.clock.now(),
        party=party,
    )
    return [slot.starts_at for day in days for slot in day.slots][:OFFERED]

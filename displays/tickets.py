"""The live page of one ticket, by its link alone: place, wait, call; more time, give up, take back."""

from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from booking.calendar_file import check_in_qr
from displays.forms import FormOnce, Key, new_key
from displays.rendering import page
from displays.rules.wording import told, told_band
from kernel import catalogue
from kernel.clock import Clock
from kernel.erasure import LinkErased
from kernel.secrets import Vault
from kernel.web.access import Holder
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing import service
from queueing.errors import NotPossibleNow, TicketNotFound, UndoTooLate
from queueing.following import followed
from queueing.rules.policy import hall_policy
from queueing.rules.tickets import ENDINGS, UNDO_WITHIN, TicketAction, TicketStatus
from queueing.schemas import TicketOut
from queueing.service import TicketView

_MOVES = refuses(TicketNotFound, LinkErased, NotPossibleNow, UndoTooLate)


class Move(Protocol):
    """A use case of the ticket's holder."""

    def __call__(self, session: Session, token: str, *, clock: Clock, vault: Vault) -> TicketView: ...


router = APIRouter(include_in_schema=False, dependencies=[Holder])


@router.get("/t/{token}", responses=refuses(TicketNotFound, LinkErased))
async def ticket(token: str, request: Request, here: PartsDep) -> Response:
    """Show the ticket; a script keeps it up to date, without one it is as of now."""
    return page(request, "public/ticket.html", personal=True, **await _shown(here, token))


@router.get("/t/{token}/now", responses=refuses(TicketNotFound, LinkErased))
async def ticket_now(token: str, request: Request, here: PartsDep) -> Response:
    """Return the part of the page that changes."""
    return page(request, "public/ticket_panel.html", personal=True, **await _shown(here, token))


async def _shown(here: Parts, token: str) -> dict[str, Any]:
    found = await followed(here.database, token, clock=here.clock, vault=here.vault)
    hall = await here.database.read(catalogue.hall, found.hall_id)
    wait = told_band(found.shown.band) if found.shown else told(found.wait, found.people_ahead)
    return {
        "token": token,
        "ticket": found,
        "state": found.status.value,
        "over": found.status in ENDINGS,
        "hall": hall,
        "wait": wait,
        "reason": found.shown.reason if found.shown else None,
        "places": hall_policy(hall.policy).more_time_places,
        "undo_until": _undo_until(found, here.clock.now()),
        "key": new_key(),
    }


def _undo_until(ticket: TicketView, now: datetime) -> datetime | None:
    """Return until when giving up can be taken back, or None when it cannot."""
    last = ticket.changed_at + UNDO_WITHIN[TicketAction.UNDO_GIVE_UP]
    return last if ticket.status is TicketStatus.GIVEN_UP and now <= last else None


@router.get("/t/{token}/qr.svg", responses=refuses(TicketNotFound, LinkErased))
async def qr_code(token: str, request: Request, here: PartsDep) -> Response:
    """Return the ticket's link as a QR code, for the paper and the kiosk's screen."""
    await here.database.read(service.follow, token, clock=here.clock, vault=here.vault)
    link = str(request.base_url.replace(path=f"/t/{quote(token)}"))
    headers = {"Cache-Control": "no-store"}
    return Response(check_in_qr(link), media_type="image/svg+xml", headers=headers)


@router.post("/t/{token}/more-time", responses=_MOVES)
async def need_more_time(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Let some followers pass."""
    return await _move(request, here, token, key, service.need_more_time)


@router.post("/t/{token}/give-up", responses=_MOVES)
async def give_up(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Return the ticket to the hall."""
    return await _move(request, here, token, key, service.give_up)


@router.post("/t/{token}/undo-give-up", responses=_MOVES)
async def undo_give_up(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Take giving up back within a minute."""
    return await _move(request, here, token, key, service.undo_give_up)


async def _move(request: Request, here: Parts, token: str, key: str, use_case: Move) -> Response:
    await FormOnce(request, key).write(TicketOut.of, use_case, token, clock=here.clock, vault=here.vault)
    return RedirectResponse(f"/t/{quote(token)}", 303, headers={"Cache-Control": "no-store"})

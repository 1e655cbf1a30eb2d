"""The live page of one ticket, by its link alone: place, wait, call; more time, give up, take back."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from booking.calendar_file import check_in_qr
from booking.guidance import BRING, papers_of
from booking.messages.tickets import ticket_wish
from booking.ratings.errors import RatingClosed, RatingFinal, RatingNotAsked, StaffDoNotRate
from booking.rules.message_times import Soon
from booking.rules.own_list import About
from displays.arriving import counts_from_check_in
from displays.forms import FormOnce, Key, new_key
from displays.licences import ticket_looks
from displays.mine_access import own_part
from displays.notices import notices_now
from displays.ratings import Answers, RatingForm, rating_part, save_rating
from displays.rendering import led_on, page
from displays.rules.wording import ToldWait, told, told_band
from displays.shut import shut_now
from kernel import catalogue
from kernel.catalogue import Paper
from kernel.clock import Clock
from kernel.erasure import LinkErased
from kernel.secrets import Vault
from kernel.web.access import Holder
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing import service
from queueing.errors import NotPossibleNow, TicketNotFound, UndoTooLate
from queueing.following import followed
from queueing.returns.service import ComingBack, coming_back
from queueing.rules.policy import hall_policy
from queueing.rules.tickets import ENDINGS, UNDO_WITHIN, TicketAction, TicketStatus
from queueing.schemas import TicketOut
from queueing.service import TicketView

SHORTEST_ABSENCE = 15  # minutes; below it one had better stay
_MOVES = refuses(TicketNotFound, LinkErased, NotPossibleNow, UndoTooLate)
_RATES = refuses(TicketNotFound, LinkErased, RatingNotAsked, RatingClosed, RatingFinal, StaffDoNotRate)


class Move(Protocol):
    """A use case of the ticket's holder."""

    def __call__(self, session: Session, token: str, *, clock: Clock, vault: Vault) -> TicketView: ...


router = APIRouter(include_in_schema=False, dependencies=[Holder])


@router.get("/t/{token}", responses=refuses(TicketNotFound, LinkErased))
async def ticket(
    token: str, request: Request, here: PartsDep, stays: Annotated[bool, Query()] = False
) -> Response:
    """Show the ticket; a script keeps it up to date, without one it is as of now.

    ``stays``: somebody asked for more time, and nobody is behind them who could go first.
    """
    return await ticket_page(request, here, token, stays=stays)


async def ticket_page(
    request: Request,
    here: Parts,
    token: str,
    answers: Answers | None = None,
    wrong: dict[str, str] | None = None,
    wrong_phone: tuple[str, str] | None = None,
    chosen: Soon | None = None,
    *,
    stays: bool = False,
) -> Response:
    """Return the ticket's page.

    ``wrong`` says what a rating lacks, ``wrong_phone`` what was typed as a number and why it is none,
    ``chosen`` how soon "soon" was to be then.
    """
    part = await rating_part(request, here, token, _rating_at(token), answers=answers, wrong=wrong)
    shown = await _shown(here, token)
    status = 422 if wrong or wrong_phone else 200
    sms = await here.database.read(ticket_wish, token, now=here.clock.now(), vault=here.vault)
    bring = () if shown["over"] else await _bring(here, shown["ticket"])
    return page(
        request,
        "public/ticket.html",
        status=status,
        personal=True,
        part=part,
        stays=stays and shown["state"] == "waiting",
        bring=bring,
        sms=sms,
        soon=chosen or sms.soon,
        wrong_phone=wrong_phone,
        licences=await ticket_looks(request, here, token),
        own_part=await own_part(request, here, About.VISIT, token),
        **shown,
    )


async def _bring(here: Parts, ticket: TicketView) -> tuple[Paper, ...]:
    """Return the papers to have at hand for this service and those that follow."""
    still = [own.code for own in (ticket.service, *ticket.after)]
    return papers_of(await here.database.read(catalogue.services_by_code, still), BRING)


def _rating_at(token: str) -> str:
    return f"/t/{quote(token)}/rating"


@router.get("/t/{token}/rating", responses=refuses(TicketNotFound))
async def rating(token: str, request: Request, here: PartsDep) -> Response:
    """Return the part of the page that asks how the visit was; empty while it is not over."""
    part = await rating_part(request, here, token, _rating_at(token))
    return page(request, "public/rating.html", personal=True, part=part)


@router.post("/t/{token}/rating", responses=_RATES)
async def rate(token: str, request: Request, here: PartsDep, answers: RatingForm) -> Response:
    """Rate the visit, or say beside each field what cannot be right."""
    wrong = await save_rating(request, here, token, answers)
    if wrong:
        return await ticket_page(request, here, token, answers, wrong)
    address = f"/t/{quote(token)}#rating"
    return led_on(address)


@router.get("/t/{token}/now", responses=refuses(TicketNotFound, LinkErased))
async def ticket_now(token: str, request: Request, here: PartsDep) -> Response:
    """Return the part of the page that changes."""
    return page(request, "public/ticket_panel.html", personal=True, **await _shown(here, token))


async def _shown(here: Parts, token: str) -> dict[str, Any]:
    found = await followed(here.database, token, clock=here.clock, vault=here.vault)
    hall = await here.database.read(catalogue.hall, found.hall_id)
    ahead = found.people_ahead
    wait = told_band(found.shown.band, ahead) if found.shown else told(found.wait, ahead)
    return {
        "token": token,
        "ticket": found,
        "state": found.status.value,
        "over": found.status in ENDINGS,
        "hall": hall,
        "notices": await notices_now(here, hall.id),
        "shut": await shut_now(here, hall) if found.status is TicketStatus.WAITING else None,
        "wait": wait,
        "late": counts_from_check_in(found, hall),
        "back_by": _back_by(wait, here.clock.now()) if found.status is TicketStatus.WAITING else None,
        "reason": found.shown.reason if found.shown else None,
        "places": hall_policy(hall.policy).more_time_places,
        "reinstate_until": await _reinstate_until(here, found),
        "reinstate_places": hall_policy(hall.policy).reinstate_places,
        "undo_until": _undo_until(found, here.clock.now()),
        "back": await _back(here, found),
        "key": new_key(),
    }


async def _back(here: Parts, ticket: TicketView) -> ComingBack | None:
    """Return what somebody takes along whose papers were not all there."""
    if ticket.status is not TicketStatus.FINISHED:
        return None
    return await here.database.read(coming_back, ticket.id, now=here.clock.now(), vault=here.vault)


def _back_by(wait: ToldWait, now: datetime) -> datetime | None:
    """Return when whoever goes away must be back: when the told range begins, if that is worth going."""
    if wait.low is None or wait.low < SHORTEST_ABSENCE:
        return None
    return now + timedelta(minutes=wait.low)


async def _reinstate_until(here: Parts, ticket: TicketView) -> datetime | None:
    """Return until when a missed ticket can still be put back, or None when it cannot."""
    if ticket.status is not TicketStatus.MISSED:
        return None
    until = await here.database.read(service.reinstate_until, ticket.id)
    return until if until is not None and until >= here.clock.now() else None


def _undo_until(ticket: TicketView, now: datetime) -> datetime | None:
    """Return until when giving up, or "more time", can be taken back, or None when neither can."""
    if ticket.status is TicketStatus.GIVEN_UP:
        last = ticket.changed_at + UNDO_WITHIN[TicketAction.UNDO_GIVE_UP]
    elif ticket.moved_back:
        last = ticket.changed_at + UNDO_WITHIN[TicketAction.UNDO_MOVE_BACK]
    else:
        return None
    return last if now <= last else None


@router.get("/t/{token}/qr.svg", responses=refuses(TicketNotFound, LinkErased))
async def qr_code(token: str, request: Request, here: PartsDep) -> Response:
    """Return the ticket's link as a QR code, for the paper and the kiosk's screen."""
    await here.database.read(service.follow, token, clock=here.clock, vault=here.vault)
    link = str(request.base_url.replace(path=f"/t/{quote(token)}"))
    headers = {"Cache-Control": "no-store"}
    return Response(check_in_qr(link), media_type="image/svg+xml", headers=headers)


@router.post("/t/{token}/more-time", responses=_MOVES)
async def need_more_time(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Let some followers pass; where there are none, say so."""
    answer = await _move(request, here, token, key, service.need_more_time)
    stays = (await _shown(here, token))["undo_until"] is None
    return led_on(f"/t/{quote(token)}?stays=true") if stays else answer


@router.post("/t/{token}/undo-more-time", responses=_MOVES)
async def undo_more_time(token: str, request: Request, here: PartsDep, key: Key) -> Response:
    """Take "more time" back within a minute."""
    return await _move(request, here, token, key, service.undo_more_time)


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
    return led_on(f"/t/{quote(token)}")

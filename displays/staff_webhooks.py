"""Webhooks for the city's supervisor: who is told, how it stands with them, and what went out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from booking.rules.webhook_address import LONGEST_URL
from booking.rules.webhooks import (
    MOST_ENDPOINTS,
    SECRET_UNREADABLE,
    DeliveryStatus,
    EndpointAction,
    EndpointStatus,
    WebhookKind,
)
from booking.webhooks import service
from booking.webhooks.errors import (
    DeliveryNotFound,
    TooManyWebhooks,
    WebhookAddressRefused,
    WebhookNotFound,
    WebhookNotPossible,
)
from booking.webhooks.schemas import WebhookIn, WebhookOut, WebhookSecretOut
from displays.forms import FormOnce, Key, new_key
from displays.rendering import reader_of
from displays.staff_access import CityPage, Visitor
from displays.staff_frame import staff_page
from displays.staff_reads import staffed_halls
from kernel.events import HallNotFound
from kernel.i18n import translator
from kernel.ids import DeliveryId, WebhookId
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, prefix="/staff/webhooks")

_WRONG = (WebhookAddressRefused, HallNotFound, TooManyWebhooks)
Typed = Annotated[str, Form(max_length=500)]

KIND_WORDS: Mapping[str, str] = {
    WebhookKind.APPOINTMENT_BOOKED: "appointment booked",
    WebhookKind.APPOINTMENT_CHANGED: "appointment moved to another time",
    WebhookKind.APPOINTMENT_CANCELLED: "appointment cancelled",
    WebhookKind.APPOINTMENT_CHECKED_IN: "appointment checked in",
    WebhookKind.APPOINTMENT_NO_SHOW: "appointment not kept",
    WebhookKind.TICKET_ISSUED: "ticket issued",
    WebhookKind.TICKET_CALLED: "ticket called",
    WebhookKind.TICKET_STARTED: "service at the window begun",
    WebhookKind.TICKET_SERVED: "ticket served",
    WebhookKind.TICKET_MISSED: "call missed",
    WebhookKind.TICKET_PARKED: "ticket put aside",
    WebhookKind.TICKET_WAITING_AGAIN: "ticket waits again",
    WebhookKind.TICKET_BACK_AT_WINDOW: "step at the window taken back",
    WebhookKind.TICKET_ENDED: "ticket ended unserved",
    WebhookKind.PLAN_APPLIED: "window plan applied",
    WebhookKind.NOTICES_CHANGED: "notices changed",
    "ping": "test event",
}
STATUS_WORDS: Mapping[EndpointStatus, str] = {
    EndpointStatus.ACTIVE: "told",
    EndpointStatus.PAUSED: "paused by hand",
    EndpointStatus.FAILING: "paused: it failed for too long",
}
DELIVERY_WORDS: Mapping[DeliveryStatus, str] = {
    DeliveryStatus.WAITING: "to be sent",
    DeliveryStatus.SENDING: "on its way",
    DeliveryStatus.DELIVERED: "delivered",
    DeliveryStatus.SET_ASIDE: "set aside, not delivered",
}
ERROR_WORDS: Mapping[str, str] = {
    "timed-out": "no answer in time",
    "unreachable": "nobody answers there",
    "name-unknown": "the host's name is unknown",
    "tls": "its certificate is not valid",
    "address-private": "the address leads into this network",
    "address-not-https": "the address does not begin with https:// any more as it has to",
    SECRET_UNREADABLE: "its secret cannot be read with the present keys; replace it",
    "our-error": "an error of ours",
}
WHY_WORDS: Mapping[str, str] = {
    "not-an-address": "This is not a whole address.",
    "not-https": "It has to begin with https://.",
    "has-password": "Leave out the name and password.",
    "has-fragment": "Leave out the part after #.",
    "private": "It leads into this network; whoever runs the system names such hosts first.",
}
DONE_WORDS: Mapping[str, str] = {
    "pause": "Nothing is sent to it any more.",
    "resume": "It is told again, from where it was paused.",
    "ping": "A test event is on its way; reload the page to see what came of it.",
    "end-old": "The old secret signs no more.",
    "redeliver": "It is sent again.",
    "remove": "The webhook is removed.",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody typed; ``wrong``: what is wrong with which field."""

    name: str = ""
    url: str = ""
    kinds: frozenset[str] = frozenset()
    hall: str = ""
    wrong: Mapping[str, str] | None = None


@router.get("")
async def webhooks(visitor: CityPage, request: Request, here: PartsDep, done: str = "") -> Response:
    """Show all webhooks, and a form for another."""
    return await _list(request, here, visitor, done=done)


@router.post("", responses=refuses(*_WRONG))
async def register(
    visitor: CityPage,
    request: Request,
    here: PartsDep,
    key: Key,
    name: Typed = "",
    url: Typed = "",
    kinds: Annotated[list[str] | None, Form(max_length=len(WebhookKind))] = None,
    hall: Typed = "",
) -> Response:
    """Register an endpoint and show its secret this once, or say what cannot be right."""
    chosen = frozenset(kinds or ())
    wrong = _faults(name, url, chosen)
    if not wrong:
        try:
            asked = WebhookIn(name=name, url=url.strip(), kinds=chosen, hall=hall or None)
            made = await FormOnce(request, key, name, url, *sorted(chosen), hall).write(
                WebhookSecretOut.of,
                service.register,
                asked.wanted(),
                by=visitor.staff,
                clock=here.clock,
                vault=here.vault,
                allowed=here.settings.webhooks.allow_hosts,
            )
            return await _one(request, here, visitor, UUID(made["webhook"]["id"]), secret=made["secret"])
        except ValidationError:
            wrong = {"kinds": "Choose what it is told."}
        except WebhookAddressRefused as refused:
            wrong = {"url": WHY_WORDS[str(refused.facts["why"])]}
        except TooManyWebhooks as full:
            wrong = {"name": full.title}
    draft = Draft(name, url, chosen, hall, wrong)
    return await _list(request, here, visitor, draft=draft, status=422)


def _faults(name: str, url: str, kinds: frozenset[str]) -> dict[str, str]:
    wrong = {}
    if not 0 < len(name.strip()) <= 60:
        wrong["name"] = "Give it a name of at most 60 characters."
    if not 8 <= len(url.strip()) <= LONGEST_URL:
        wrong["url"] = WHY_WORDS["not-an-address"]
    if not kinds:
        wrong["kinds"] = "Choose what it is told."
    return wrong


@router.get("/{webhook_id}", responses=refuses(WebhookNotFound))
async def one(
    webhook_id: UUID,
    visitor: CityPage,
    request: Request,
    here: PartsDep,
    done: str = "",
    status: DeliveryStatus | None = None,
) -> Response:
    """Show one webhook and what went out to it."""
    return await _one(request, here, visitor, webhook_id, done=done, status=status)


@router.post("/{webhook_id}/secret", responses=refuses(WebhookNotFound))
async def replace_secret(
    webhook_id: UUID, visitor: CityPage, request: Request, here: PartsDep, key: Key
) -> Response:
    """Replace the secret and show the new one this once."""
    made = await FormOnce(request, key, str(webhook_id)).write(
        WebhookSecretOut.of,
        service.replace_secret,
        WebhookId(webhook_id),
        by=visitor.staff,
        clock=here.clock,
        vault=here.vault,
    )
    return await _one(request, here, visitor, webhook_id, secret=made["secret"])


@router.post("/{webhook_id}/deliveries/{delivery_id}/redeliver")
async def redeliver(
    webhook_id: UUID, delivery_id: UUID, visitor: CityPage, request: Request, here: PartsDep, key: Key
) -> Response:
    """Send one delivery again."""
    await FormOnce(request, key, str(delivery_id)).write(
        WebhookOut.of,
        service.redeliver,
        WebhookId(webhook_id),
        DeliveryId(delivery_id),
        by=visitor.staff,
        clock=here.clock,
    )
    return _back(webhook_id, "redeliver")


@router.post("/{webhook_id}/{step}", responses=refuses(WebhookNotFound, WebhookNotPossible, DeliveryNotFound))
async def go_on(
    webhook_id: UUID, step: str, visitor: CityPage, request: Request, here: PartsDep, key: Key
) -> Response:
    """Pause, resume, test, send again what was set aside, end the old secret, or remove."""
    own, once = WebhookId(webhook_id), FormOnce(request, key, step)
    by, clock = visitor.staff, here.clock
    if step in (EndpointAction.PAUSE, EndpointAction.RESUME):
        await once.write(WebhookOut.of, service.move, own, EndpointAction(step), by=by, clock=clock)
    elif step in STEPS:
        await once.write(WebhookOut.of, STEPS[step], own, by=by, clock=clock)
    else:
        raise WebhookNotFound(webhook=webhook_id)
    if step == "remove":
        return RedirectResponse("/staff/webhooks?done=remove", 303)
    return _back(webhook_id, step)


STEPS = {
    "ping": service.ping,
    "redeliver": service.redeliver_set_aside,
    "end-old": service.end_old_secret,
    "remove": service.remove,
}


def _back(webhook_id: UUID, done: str) -> Response:
    return RedirectResponse(f"/staff/webhooks/{webhook_id}?done={done}", 303)


async def _list(
    request: Request,
    here: Parts,
    visitor: Visitor,
    *,
    done: str = "",
    draft: Draft | None = None,
    status: int = 200,
) -> Response:
    return staff_page(
        request,
        visitor,
        "staff/webhooks.html",
        status=status,
        section="webhooks",
        found=await here.database.read(service.webhooks),
        halls=await here.database.read(staffed_halls),
        draft=draft or Draft(kinds=frozenset(kind.value for kind in WebhookKind)),
        kinds=list(WebhookKind),
        most=MOST_ENDPOINTS,
        sends=here.settings.run_worker,
        **_common(request, here, done),
    )


async def _one(
    request: Request,
    here: Parts,
    visitor: Visitor,
    webhook_id: UUID,
    *,
    done: str = "",
    secret: str = "",
    status: DeliveryStatus | None = None,
) -> Response:
    found = await here.database.read(service.deliveries, WebhookId(webhook_id), status=status)
    return staff_page(
        request,
        visitor,
        "staff/webhook.html",
        section="webhooks",
        found=found,
        hook=found.webhook,
        secret=secret,
        chosen=status,
        statuses=list(DeliveryStatus),
        **_common(request, here, done),
    )


def _common(request: Request, here: Parts, done: str) -> dict[str, object]:
    say = translator(reader_of(request).locale)
    return {
        "done": say(DONE_WORDS[done]) if done in DONE_WORDS else "",
        "now": here.clock.now(),
        "new_key": new_key,
        "say": say,
        "kind_text": lambda kind: say(KIND_WORDS[kind]),
        "status_text": lambda status: say(STATUS_WORDS[status]),
        "delivery_text": lambda status: say(DELIVERY_WORDS[status]),
        "error_text": lambda error: (
            say(ERROR_WORDS[error]) if error in ERROR_WORDS else error.removeprefix("status-")
        ),
    }

"""The rule on no-shows for citizens: what it says, why something counts, and the appeal against it."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from booking.errors import AppointmentNotFound, PhoneInvalid, TooManyTries
from booking.no_shows import appealing, publishing
from booking.no_shows.appealing import NoShowView, Proof
from booking.no_shows.errors import (
    AppealedAlready,
    AppealWordsMissing,
    BookingPaused,
    NoShowNotCounting,
    NoShowNotFound,
)
from booking.no_shows.limits import limit_tries
from booking.no_shows.pausing import rule_in_force_at
from booking.no_shows.schemas import NoShowOut
from booking.no_shows.terms import Terms, terms_of_link
from booking.rules.no_shows import LONGEST_WORDS, NoShowRule
from displays.forms import FormOnce, Key, new_key
from displays.rendering import led_on, page
from displays.rules.dates import CITY_ZONE
from kernel.erasure import LinkErased
from kernel.errors import Refusal
from kernel.web.access import Holder, Public
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False)

Typed = Annotated[str, Form(max_length=32)]
Words = Annotated[str, Form(max_length=LONGEST_WORDS)]
_APPEALS = (AppealedAlready, NoShowNotCounting)


@dataclass(frozen=True, slots=True)
class Missed:
    """What the part about a no-show shows: how it stands, where its appeal goes, what was wrong with it."""

    view: NoShowView
    action: str
    key: str
    phone: str = ""
    reference: str = ""
    words: str = ""
    wrong: Refusal | None = None

    @property
    def longest(self) -> int:
        return LONGEST_WORDS


async def rule_in_force(here: Parts) -> NoShowRule | None:
    """Return the rule of which people are told before they book."""
    return await here.database.read(rule_in_force_at, here.clock.now())


async def missed_part(
    here: Parts, token: str, *, words: str = "", wrong: Refusal | None = None
) -> Missed | None:
    """Return what an appointment's page says of it as a no-show; None where it is none."""
    found = await here.database.read(appealing.of_link, token, now=here.clock.now(), vault=here.vault)
    if found is None:
        return None
    return Missed(found, f"/a/{quote(token)}/appeal", new_key(), words=words, wrong=wrong)


def paused_page(request: Request, refused: BookingPaused, *, let_go: str | None = None) -> Response:
    """Return why somebody cannot book now; ``let_go`` is where a place that is kept is given back."""
    return page(
        request,
        "public/booking_paused.html",
        status=refused.status,
        personal=True,
        until=refused.facts["until"],
        no_shows=refused.facts["no_shows"],
        zone=CITY_ZONE,
        let_go=let_go,
        key=new_key(),
    )


@router.get("/no-shows", dependencies=[Public])
async def told(request: Request, here: PartsDep) -> Response:
    """Say what the rule is, and ask for reference and number where somebody wants to know why."""
    return await _shown(request, here)


async def _shown(
    request: Request,
    here: Parts,
    *,
    phone: str = "",
    reference: str = "",
    wrong: Refusal | None = None,
    missed: Missed | None = None,
) -> Response:
    refused = wrong or (missed.wrong if missed else None)
    return page(
        request,
        "public/no_shows.html",
        status=refused.status if refused else 200,
        personal=True,
        rule=await here.database.read(publishing.published, here.clock.now()),
        zone=CITY_ZONE,
        phone=phone,
        reference=reference,
        wrong=wrong,
        missed=missed,
    )


@router.post("/no-shows", dependencies=[Holder], responses=refuses(TooManyTries))
async def look_up(request: Request, here: PartsDep, phone: Typed, reference: Typed) -> Response:
    """Say why an appointment counts, by reference and number, neither of which is in the URL."""
    await limit_tries(request, here, Proof(phone=phone, reference=reference))
    return await _looked_up(request, here, phone, reference)


async def _looked_up(
    request: Request, here: Parts, phone: str, reference: str, words: str = "", wrong: Refusal | None = None
) -> Response:
    proof = Proof(phone=phone, reference=reference)
    try:
        found = await here.database.read(appealing.look_up, proof, now=here.clock.now(), vault=here.vault)
    except (NoShowNotFound, PhoneInvalid) as refused:
        return await _shown(request, here, phone=phone, reference=reference, wrong=refused)
    missed = Missed(found, "/no-shows/appeal", new_key(), phone, reference, words, wrong)
    return await _shown(request, here, missed=missed)


@router.get("/no-shows/appeal", dependencies=[Public])
async def appeal_again() -> Response:
    """Lead who reloads an answer, or changes its language, to the rule."""
    return RedirectResponse("/no-shows", 303)


@router.post("/no-shows/appeal", dependencies=[Holder], responses=refuses(TooManyTries, *_APPEALS))
async def appeal(
    request: Request, here: PartsDep, key: Key, phone: Typed, reference: Typed, words: Words = ""
) -> Response:
    """Write the appeal and show how it stands."""
    proof = Proof(phone=phone, reference=reference)
    await limit_tries(request, here, proof)
    wrong = await _write(request, here, key, proof, words)
    return await _looked_up(request, here, phone, reference, words, wrong)


async def _write(request: Request, here: Parts, key: str, proof: Proof, words: str) -> Refusal | None:
    try:
        await FormOnce(request, key, proof.phone, proof.reference, words).write(
            NoShowOut.of, appealing.appeal, proof, words, clock=here.clock, vault=here.vault
        )
    except (AppealWordsMissing, NoShowNotFound, PhoneInvalid) as refused:
        return refused
    return None


async def write_by_link(request: Request, here: Parts, token: str, key: str, words: str) -> Refusal | None:
    """Write the appeal against the no-show behind a link; return what was wrong with its words."""
    return await _write(request, here, key, Proof(token), words)


async def terms_of(here: Parts, token: str) -> Terms | None:
    """Return by when the appointment can be given back without counting as a no-show."""
    return await here.database.read(terms_of_link, token, now=here.clock.now(), vault=here.vault)


def back_to(token: str) -> Response:
    """Lead back to the part of the appointment's page."""
    return led_on(f"/a/{quote(token)}#no-show")


BY_LINK = refuses(AppointmentNotFound, LinkErased, *_APPEALS)

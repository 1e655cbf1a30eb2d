"""The page of a hall's set-up; what it shows and changes goes through the public API's own shapes."""

from datetime import datetime

from babel.dates import get_day_names
from fastapi import APIRouter
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from booking.policy.schemas import PolicyOut
from booking.policy.service import FIELDS, HallValues, values_of
from displays.rendering import reader_of
from displays.staff_access import HallPage
from displays.staff_frame import staff_page
from kernel.i18n import translator
from kernel.identity import Staff
from kernel.web.parts import ClockDep, Db
from queueing.plans.working_http import WorkingRulesBody
from queueing.plans.working_rules import WorkingRules, look_at_rules
from queueing.setup.schemas import SetupOut
from queueing.setup.service import HallSetup, setup_of

router = APIRouter(include_in_schema=False)


@router.get("/staff/halls/{code}/setup")
async def hall_setup(code: str, visitor: HallPage, request: Request, db: Db, clock: ClockDep) -> Response:
    """Show hours, days off, queues, windows, clerks, published values and who changed them."""
    staff = visitor.staff
    setup, values, rules = await db.read(_all, code, by=staff, now=clock.now())
    locale = reader_of(request).locale
    may_change = staff.may_manage(setup.hall.id)
    data = {
        "hall": code,
        "may_change": may_change,
        "setup": SetupOut.of(setup).model_dump(mode="json"),
        "policy": PolicyOut.of(values, locale=locale).model_dump(mode="json"),
        "rules": WorkingRulesBody.of(rules).model_dump(mode="json"),
    }
    return staff_page(
        request,
        visitor,
        "staff/setup.html",
        hall=setup.hall,
        data=data,
        may_change=may_change,
        section="setup",
        more_texts=_value_texts(locale) | _weekday_texts(locale),
    )


def _value_texts(locale: str) -> dict[str, str]:
    say = translator(locale)
    return {f"what.{field.name}": say(field.title) for field in FIELDS}


def _weekday_texts(locale: str) -> dict[str, str]:
    names = get_day_names("wide", locale=locale)
    return {f"what.{weekday}": names[weekday] for weekday in range(7)}


def _all(
    session: Session, code: str, *, by: Staff, now: datetime
) -> tuple[HallSetup, HallValues, WorkingRules]:
    return (
        setup_of(session, code, by=by, now=now),
        values_of(session, code, by=by),
        look_at_rules(session, code, by=by),
    )

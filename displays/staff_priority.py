"""The manager's page of priority classes: their names in both languages, and the head start of each."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from displays.forms import FormOnce, Key, new_key
from displays.staff_access import HallPage, ManagerPage, Visitor
from displays.staff_frame import staff_page
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.priority import service
from queueing.priority.errors import (
    PriorityClassChangedMeanwhile,
    PriorityClassInvalid,
    PriorityClassNotFound,
    TooManyPriorityClasses,
)
from queueing.priority.schemas import PriorityClassesOut
from queueing.priority.service import Wanted
from queueing.rules.priority import LONGEST_EN, LONGEST_ZH, MOST_CLASSES, MOST_MINUTES

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}/priority")

_HALL = (HallNotFound, WrongHall)
_WRONG = (PriorityClassInvalid, TooManyPriorityClasses, PriorityClassChangedMeanwhile)
_DONE = ("set", "removed")

Typed = Annotated[str, Form(max_length=200)]


@router.get("", responses=refuses(*_HALL))
async def classes(code: str, visitor: HallPage, request: Request, here: PartsDep, done: str = "") -> Response:
    """Show the classes, and a form for a new one."""
    return await _page(request, here, visitor, code, done=done)


@router.post("", responses=refuses(*_HALL, *_WRONG))
async def add(
    code: str,
    visitor: ManagerPage,
    request: Request,
    here: PartsDep,
    key: Key,
    name_zh: Typed = "",
    name_en: Typed = "",
    minutes: Typed = "",
) -> Response:
    """Name a class, or say what cannot be right and keep what was typed."""
    draft = {"name_zh": name_zh, "name_en": name_en, "minutes": minutes}
    try:
        await FormOnce(request, key, *draft.values()).write(
            PriorityClassesOut.of,
            service.add_class,
            code,
            Wanted(name_zh, name_en, _number(minutes)),
            by=visitor.staff,
            clock=here.clock,
        )
    except _WRONG as wrong:
        return await _page(request, here, visitor, code, draft=draft, wrong=wrong)
    return _back(code, "set")


@router.post("/{class_id}", responses=refuses(*_HALL, *_WRONG, PriorityClassNotFound))
async def change(
    code: str,
    class_id: UUID,
    visitor: ManagerPage,
    request: Request,
    here: PartsDep,
    key: Key,
    before: Annotated[int, Form()],
    name_zh: Typed = "",
    name_en: Typed = "",
    minutes: Typed = "",
) -> Response:
    """Set a class's names and head start, unless a colleague did so since the page was opened."""
    try:
        await FormOnce(request, key, str(class_id), name_zh, name_en, minutes).write(
            PriorityClassesOut.of,
            service.change_class,
            class_id,
            Wanted(name_zh, name_en, _number(minutes)),
            before=before,
            by=visitor.staff,
            clock=here.clock,
        )
    except _WRONG as wrong:
        return await _page(request, here, visitor, code, wrong=wrong)
    return _back(code, "set")


@router.post("/{class_id}/retire", responses=refuses(*_HALL, PriorityClassNotFound))
async def retire(
    code: str, class_id: UUID, visitor: ManagerPage, request: Request, here: PartsDep, key: Key
) -> Response:
    """Let nobody choose a class any more."""
    await FormOnce(request, key, str(class_id)).write(
        PriorityClassesOut.of, service.retire_class, class_id, by=visitor.staff, clock=here.clock
    )
    return _back(code, "removed")


def _number(typed: str) -> int:
    try:
        return int(typed)
    except ValueError as none:
        raise PriorityClassInvalid(most_minutes=MOST_MINUTES) from none


def _back(code: str, done: str) -> Response:
    return RedirectResponse(f"/staff/halls/{quote(code)}/priority?done={done}", 303)


async def _page(
    request: Request,
    here: Parts,
    visitor: Visitor,
    code: str,
    *,
    done: str = "",
    draft: dict[str, str] | None = None,
    wrong: Refusal | None = None,
) -> Response:
    found = await here.database.read(service.classes_for_staff, code, by=visitor.staff)
    return staff_page(
        request,
        visitor,
        "staff/priority.html",
        status=wrong.status if wrong else 200,
        hall=found.hall,
        found=found,
        may_change=visitor.staff.may_manage(found.hall.id),
        draft=draft or {"name_zh": "", "name_en": "", "minutes": ""},
        wrong=wrong,
        done=done if done in _DONE else "",
        limits={"zh": LONGEST_ZH, "en": LONGEST_EN, "minutes": MOST_MINUTES, "classes": MOST_CLASSES},
        new_key=new_key,
        section="quotas",
    )

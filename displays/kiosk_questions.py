"""The same questions at a kiosk: from an everyday word to the ticket, or to the hall that does it."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from booking.questions.errors import AnswerUnknown, QuestionsNotAsked
from booking.questions.service import ask_in_hall
from displays.devices import own_hall
from displays.questions import PathText, WasText, Way
from displays.rendering import page
from kernel import catalogue
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.access import Kiosk
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, prefix="/kiosk/{code}")


def way_at_kiosk(code: str, path: str, was: str = "") -> Way:
    """Return the way through a kiosk's questions."""
    return Way.of(f"/kiosk/{quote(code)}/questions", path, was)


@router.get("/questions", responses=refuses(HallNotFound, WrongHall, QuestionsNotAsked, AnswerUnknown))
async def questions(
    code: str, request: Request, here: PartsDep, kiosk: Kiosk, path: PathText = "", was: WasText = ""
) -> Response:
    """Ask the next question, or show what one takes a ticket for; what is done elsewhere is said."""
    hall = await own_hall(here, code, kiosk)
    asked = await here.database.read(ask_in_hall, code, path)
    queues = await here.database.read(catalogue.queues, hall.id)
    way = way_at_kiosk(code, path, was)
    return page(
        request,
        "public/kiosk_questions.html",
        personal=True,
        hall=hall,
        asked=asked,
        way=way,
        path_text=path,
        choices=way.choices(asked.question, asked.possible),
        letters={queue.id: queue.prefix for queue in queues},
    )

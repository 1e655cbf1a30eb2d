"""Questions for somebody who does not know what their errand is called: one a page, by plain links.

Where one stands is the ``path`` in the address, the number of each answer; ``was`` are the answers that one
has gone back behind, which stay marked until another one is chosen.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Self
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from booking.questions.errors import AnswerUnknown, QuestionsNotAsked
from booking.questions.service import Asked, ask
from booking.rules.questions import Path, Step, path_of, path_text
from displays.rendering import page
from kernel.catalogue import Service, Theme
from kernel.questions import Answer, Question
from kernel.web.access import Public
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False)

PathText = Annotated[str, Query(alias="path", max_length=80)]
WasText = Annotated[str, Query(alias="was", max_length=80)]


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer as it is offered: the page it leads to, and whether it was chosen before going back."""

    answer: Answer
    address: str
    chosen: bool
    possible: bool


@dataclass(frozen=True, slots=True)
class Way:
    """The addresses of the questions below ``base``, from where somebody stands in them."""

    base: str
    path: Path
    was: Path

    @classmethod
    def of(cls, base: str, path: str, was: str) -> Self:
        """Return the way as it stands in an address; answers gone back behind that are none are left out."""
        return cls(base, path_of(path) or (), path_of(was) or ())

    def to(self, path: Path, was: Path = ()) -> str:
        """Return the address of a question or of where its answers lead."""
        asked = {"path": path_text(path), "was": path_text(was)}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"{self.base}?{query}" if query else self.base

    def again(self, step: Step) -> str:
        """Return the address of an answered question, with all that was answered since."""
        return self.to(step.before, (*self.path, *self.was)[len(step.before) :])

    def back(self, steps: Sequence[Step]) -> str | None:
        """Return the address of the question before, None at the first."""
        return self.again(steps[-1]) if steps else None

    def choices(self, question: Question | None, possible: Collection[int] | None = None) -> list[Choice]:
        """Return a question's answers; ``possible`` are the numbers of those that lead on, None for all."""
        return [
            Choice(
                answer,
                self._after(number),
                self.was[:1] == (number,),
                possible is None or number in possible,
            )
            for number, answer in enumerate(question.answers if question else (), 1)
        ]

    def _after(self, number: int) -> str:
        kept = self.was[1:] if self.was[:1] == (number,) else ()
        return self.to((*self.path, number), kept)


@router.get("/questions", dependencies=[Public], responses=refuses(QuestionsNotAsked, AnswerUnknown))
async def questions(request: Request, here: PartsDep, path: PathText = "", was: WasText = "") -> Response:
    """Ask the next question, or show the services that the answers lead to."""
    asked = await here.database.read(ask, path)
    way = Way.of("/questions", path, was)
    return page(
        request,
        "public/questions.html",
        asked=asked,
        way=way,
        path_text=path,
        choices=way.choices(asked.question),
    )


async def asked_before(here: Parts, path: str, found: Service | Theme) -> Asked | None:
    """Return the answers that led to a service or errand, None where they do not lead there (any more)."""
    try:
        asked = await here.database.read(ask, path)
    except (QuestionsNotAsked, AnswerUnknown):
        return None
    led_to: tuple[Service | Theme, ...] = (*asked.services, *asked.themes)
    return asked if any(each.code == found.code for each in led_to) else None

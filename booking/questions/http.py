"""Routes of the questions."""

from __future__ import annotations

from fastapi import APIRouter

from booking.city import city_of
from booking.questions.schemas import QuestionsOut
from kernel.web.access import Public
from kernel.web.parts import Db

router = APIRouter(prefix="/api/v1", tags=["booking"])


@router.get("/questions", dependencies=[Public])
async def questions(db: Db) -> QuestionsOut:
    """Return the questions that lead to the exact service; phones and kiosks ask the same."""
    city = await db.read(city_of)
    return QuestionsOut.of(tuple(city.questions.values()), city.services)

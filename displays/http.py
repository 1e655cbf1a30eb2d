"""All routes of the public pages; the app includes ``router`` and mounts the static files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from displays import (
    appointment_changes,
    appointments,
    book,
    book_code,
    book_times,
    finder,
    going,
    here,
    kiosk,
    kiosk_away,
    kiosk_card,
    kiosk_questions,
    kiosk_rating,
    kiosk_return,
    kiosk_visit,
    licences,
    live,
    lobby,
    messages,
    mine,
    mine_sign_in,
    no_shows,
    phone,
    phone_visit,
    questions,
    reading,
    reference,
    screens_away,
    services,
    ticket_away,
    tickets,
    visit,
    waiting,
    window,
)
from displays.reading import local_path
from displays.reference import problem_page
from kernel.web.routes import take_over

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["local_path", "mount_static", "problem_page", "router"]

router = APIRouter()
for part in (
    reading,
    finder,
    services,
    visit,
    questions,
    going,
    book,
    book_code,
    book_times,
    appointment_changes,
    appointments,
    licences,
    ticket_away,  # before the tickets: its addresses look like theirs
    tickets,
    waiting,
    messages,
    mine,
    mine_sign_in,
    no_shows,
    kiosk,
    kiosk_card,
    kiosk_away,
    kiosk_questions,
    kiosk_rating,
    kiosk_return,
    kiosk_visit,
    here,
    phone,
    phone_visit,
    live,
    lobby,
    window,
    screens_away,
    reference,
):
    take_over(router, part.router)


def mount_static(app: FastAPI) -> None:
    """Serve the static files; asked for apart, so that a front server can serve them instead."""
    take_over(app, reading.static_router)

"""What lies before staff and kiosks on the screens of the live day, as the audit trail names it.

A ticket says what a person came for and whether by priority, so seeing one is a look at that person.
Lists are one look: who opened them, when, and how many stood on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.looking import Look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernel.ids import HallId
    from queueing.provisional.staff import PaperDay
    from queueing.returns.service import EndedSlip
    from queueing.service import DeskView, HallDay, NextPerson, TicketView, WindowView


def looks_at_desk(desk: DeskView) -> list[Look]:
    """A clerk's desk: its lists, and the ticket at the window."""
    window = desk.window
    counts = {"waiting": len(desk.waiting), "missed": len(desk.missed), "parked": len(desk.parked)}
    lists = Look("look.desk", window.hall_id, str(window.id), {"window": window.label, **counts})
    return [lists, *([_look_at(window.ticket, "look.ticket")] if window.ticket else [])]


def looks_at_next(person: NextPerson) -> list[Look]:
    """Whoever is next at a window, before they are called."""
    return [_look_at(person.ticket, "look.next")]


def looks_at_day(day: HallDay) -> list[Look]:
    """A hall's live day: what stands at its windows."""
    return [_windows(day.hall_id, "look.hall", [own.window for own in day.windows])]


def looks_at_windows(windows: Sequence[WindowView]) -> list[Look]:
    """The windows of a hall in a list; a hall without any shows nobody."""
    return [_windows(windows[0].hall_id, "look.windows", windows)] if windows else []


def looks_at_paper(day: PaperDay) -> list[Look]:
    """The numbers that kiosks gave out without the server, in a list."""
    counts = {"tickets": len(day.tickets), "refused": len(day.refused)}
    return [Look("look.paper", day.hall.id, f"look.paper:{day.hall.id}", counts)]


def looks_at_slip(slip: EndedSlip) -> list[Look]:
    """The slip of somebody who was sent for papers: what is missing, and the code."""
    return [Look("look.slip", slip.hall.id, f"look.slip:{slip.ticket_id}", {"number": slip.label})]


def looks_at_kiosk(ticket: TicketView) -> list[Look]:
    """A ticket on the screen of a kiosk, to be printed or scanned."""
    return [_look_at(ticket, "look.kiosk")]


def _windows(hall_id: HallId, what: str, windows: Sequence[WindowView]) -> Look:
    busy = sum(own.ticket is not None for own in windows)
    return Look(what, hall_id, f"{what}:{hall_id}", {"at_windows": busy})


def _look_at(ticket: TicketView, what: str) -> Look:
    return Look(what, ticket.hall_id, str(ticket.id), {"number": ticket.label})

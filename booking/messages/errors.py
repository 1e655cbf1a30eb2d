"""Refusals about messages."""

from __future__ import annotations

from kernel.errors import Conflict, NotFound


class NoMessagesHere(Conflict):
    code, title = "no-messages-here", "No messages are sent here."
    help = "Whoever runs the system sets up a gateway first; the page of the ticket tells the same."
    help_on_page = "Keep the page of your ticket or appointment: it tells the same."


class TicketHasEnded(Conflict):
    code, title = "ticket-has-ended", "This ticket has ended; there is nothing more to tell."
    help = "Take a new ticket at the kiosk or the help desk."


class StopLinkNotFound(NotFound):
    code, title = "stop-link-not-found", "This link leads to no messages any more."
    help = "The number behind it has been erased, or the link is mistyped: no more messages come by it."

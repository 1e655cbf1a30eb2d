"""Refusals of the hall's appointments."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid


class CancelWordsMissing(Invalid):
    code, title = "cancel-words-missing", "Say in words why: people read it on their page."
    help = "Send a note, or choose a reason that says enough by itself."
    help_on_page = "Write a sentence, or choose a reason that says enough by itself."


class NobodyToCancel(Invalid):
    code, title = "nobody-to-cancel", "None of these appointments can still be cancelled."
    help = "They were moved, cancelled or checked in meanwhile; look at the list again."


class VisitNotYet(Conflict):
    """``starts_at`` is when it begins."""

    code, title = "visit-not-yet", "This visit has not begun yet."
    help = "From its time on, write down whether somebody was met; before that it can be moved or cancelled."

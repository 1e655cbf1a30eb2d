"""How the audit trail is worded: what somebody looked at or changed, never whom it shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping

SESSIONS_TOLD_APART = 100_000  # by the number that a person reads
# English ids, translated on the page; the longest beginning that fits decides.
WHAT: Mapping[str, str] = {
    "look.desk": "opened the desk of a window",
    "look.ticket": "saw the ticket at a window",
    "look.next": "saw who is next at a window",
    "look.hall": "opened the hall's live day",
    "look.windows": "opened the list of windows",
    "look.kiosk": "showed a ticket on a kiosk",
    "look.messages": "opened the list of messages",
    "look.paper": "opened the numbers given without connection",
    "paper.": "settled a number given without connection",
    "look.trail": "opened this audit trail",
    "ticket.message": "left a number to be told of a ticket",
    "ticket.": "called, served or moved a ticket",
    "check_in": "checked an appointment in",
    "cancel_by_hall": "cancelled an appointment for the hall",
    "look.returns": "opened the list of those who come back with papers",
    "look.slip": "opened the slip of somebody who comes back with papers",
    "look.appointments": "opened the list of appointments",
    "appointment.number": "saw the number of somebody who booked",
    "look.home_visit": "saw whom to visit at home",
    "appointment.visited": "wrote what became of a visit at home",
    "appointment.kind": "changed how appointments can be had",
    "appointment.cancelled": "cancelled an appointment for the hall",
    "appointment.cancelled_at_wish": "cancelled an appointment at its holder's wish",
    "appointment.booked_for": "booked an appointment for somebody",
    "appointment.moved_at_wish": "moved an appointment at its holder's wish",
    "waitlist.join": "put somebody on the waiting list",
    "account.password": "chose another password",
    "account.second_factor_on": "set up the second factor",
    "account.second_factor_off": "took the own second factor away",
    "account.second_factor_reset": "reset somebody's second factor",
    "account.recovery_codes": "made new recovery codes",
    "account.recovery_code_used": "signed in with a recovery code",
    "account.identity_connected": "connected the own name with the single sign-on",
    "account.identity_disconnected": "took the single sign-on off a name",
    "account.session_ended": "ended an own session elsewhere",
    "account.locked": "a name was locked after wrong tries",
    "session.begun": "signed in",
    "session.moved": "went on from another address",
    "session.ended": "signed out",
    "privacy.retention": "erased personal data after its time",
    "privacy.erase_mine": "erased personal data at its holder's wish",
    "privacy.export": "exported one person's data on request",
    "privacy.erase": "erased one person's data on request",
    "setup.": "changed the hall's set-up",
    "catalogue.": "changed the city's catalogue",
    "slot_places": "changed the places of slots",
    "plan.published": "published a window plan",
    "plan.today": "changed the window plan for the rest of a day",
    "plan.scheduled": "published a window plan for a time to come",
    "plan.called_off": "called a waiting window plan off",
    "proposal.asked": "asked for a proposal",
    "proposal.stopped": "ended the search for a proposal",
    "study.asked": "put a question to the planner",
    "appointment.held_for": "kept a place for somebody",
    "appointment.let_go": "let a kept place go",
    "proposal.accept": "accepted a proposal",
    "proposal.decline": "declined a proposal",
    "proposal.roll_back": "took an accepted proposal back",
    "window.": "opened, paused or closed a window",
    "notice.posted": "put up a notice",
    "notice.ended": "took a notice down",
    "return.number": "gave the number of somebody who came back with papers",
    "priority-class.": "changed the hall's priority classes",
    "quota.set": "set how many walk-in numbers are given",
    "quota.removed": "took a limit on walk-in numbers away",
    "help.": "asked for help, or went to help",
    "alert.taken": "took care of an alert",
    "feed.made": "made a calendar link",
    "feed.withdrawn": "withdrew a calendar link",
    "rating-case.": "took a step in the case of a bad rating",
    "webhook.": "changed a webhook",
    "look.no-show-appeals": "opened the appeals against no-shows",
    "look.no-shows": "opened the hall's no-shows",
    "no-show-rule.publish": "published a version of the no-show rule",
    "no-show-appeal.uphold": "upheld an appeal against a no-show",
    "no-show-appeal.reject": "rejected an appeal against a no-show",
    "no-show.outage": "noted an outage, so that nothing counts in it",
    "no-show.excuse": "took a no-show back",
    "no-show.exception": "let somebody book in spite of a pause",
    "no-show.look-up": "looked up what counts against a number",
    "licences.consent": "noted somebody's consent to look at licences",
    "licences.look": "looked at licences on file",
    "licences.leave": "gave or took leave to look at licences",
    "log.sealed": "sealed the ticket log of a day",
}
ROLES: Mapping[str, str] = {
    "clerk": "clerk",
    "manager": "hall manager",
    "supervisor": "city supervisor",
    "administrator": "administrator",
    "device": "kiosk",
    "citizen": "citizen",
    "system": "nightly run",
}


def what_text(what: str) -> str:
    """Return the English text id of what was done; an unknown one is told as it is.

    >>> what_text("ticket.call"), what_text("privacy.erase_mine")
    ('called, served or moved a ticket', "erased personal data at its holder's wish")
    """
    fitting = [begin for begin in WHAT if what == begin or (begin.endswith(".") and what.startswith(begin))]
    return WHAT[max(fitting, key=len)] if fitting else what


def from_where(address: str, session: str) -> str:
    """Return from where something was done: an address, and which session, told from others by a number.

    >>> from_where("10.3.0.7", "0001a2b3c4d5"), from_where("10.3.0.9", ""), from_where("", "")
    ('10.3.0.7 · 57621', '10.3.0.9', '')
    """
    number = f"{int(session, 16) % SESSIONS_TOLD_APART:05}" if session else ""
    return " · ".join(part for part in (address, number) if part)


def change_text(detail: Mapping[str, Any]) -> str:
    """Return what was before and after a change, as it is kept; "" where nothing of the kind is.

    >>> change_text({"before": "closed", "after": "open", "reason": "typed by hand"})
    'closed → open'
    >>> change_text({"after": {"opens": "08:30"}}), change_text({"day": "2026-11-19"})
    ('→ {"opens": "08:30"}', '')
    """
    if not detail.keys() & {"before", "after"}:
        return ""
    parts = [_plain(detail[name]) if name in detail else "" for name in ("before", "after")]
    return " → ".join(parts).strip()


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def subject_text(subject: str, detail: Mapping[str, Any]) -> str:
    """Return what names the subject without telling who it is: a number on the board, or the end of an id.

    >>> subject_text("0198a3c1-0000-7000-8000-0123456789ab", {"number": "A012"})
    'A012'
    >>> subject_text("0198a3c1-0000-7000-8000-0123456789ab", {"reason": "typed by hand"})
    '…456789ab'
    """
    for name in ("number", "window", "username", "version", "day", "host"):
        if name in detail:
            return str(detail[name])
    if "visits" in detail:
        return f"{detail['appointments']} + {detail['visits']}"
    try:
        return f"…{UUID(subject).hex[-8:]}"
    except ValueError:
        return ""

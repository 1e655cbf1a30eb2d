"""Use cases of the set-up about clerks and what they can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.accounts import username_exists
from kernel.secrets import no_password
from kernel.sessions import end_sessions
from queueing.rules.windows import WindowStatus
from queueing.setup import store
from queueing.setup.errors import ClerkAtWindow, ClerkNotFound, UsernameTaken
from queueing.setup.service import (
    Change,
    HallSetup,
    SignInLink,
    begin,
    queue_in,
    sign_in_link,
)
from queueing.store.windows import windows_of

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import StaffId
    from kernel.secrets import Vault
    from queueing.setup.schemas import ClerkSetupIn, NewClerkIn
    from queueing.setup.store import Clerk


def set_clerk(
    session: Session, code: str, staff_id: StaffId, wanted: ClerkSetupIn, *, by: Staff, clock: Clock
) -> HallSetup:
    """Set a clerk's name, skills and whether the account works; no skills means every queue.

    Raises ``ClerkNotFound``, ``QueueNotFound``, ``SetupChangedMeanwhile``, and ``ClerkAtWindow`` for an
    account that is to be closed while its owner serves.
    """
    change = begin(session, code, by=by, clock=clock)
    clerk = _clerk(change, staff_id)
    change.compare(wanted.base, plain_clerk(clerk))
    for queue_id in wanted.queue_ids:
        queue_in(change, queue_id)
    if wanted.disabled and not clerk.disabled:
        _refuse_at_window(change, staff_id)
    store.write_clerk(session, staff_id, name=wanted.name, disabled=wanted.disabled)
    if wanted.disabled:
        end_sessions(session, staff_id)  # or an account that is opened again would find them alive
    store.write_skills(session, staff_id, wanted.queue_ids)
    change.note("clerk", clerk.username, before=plain_clerk(clerk), after=wanted.plain())
    return change.done()


def _refuse_at_window(change: Change, staff_id: StaffId) -> None:
    for window in windows_of(change.session, change.hall.id):
        if window.clerk_id == staff_id and window.status is not WindowStatus.CLOSED:
            raise ClerkAtWindow(window=window.label)


def add_clerk(session: Session, code: str, wanted: NewClerkIn, *, by: Staff, clock: Clock) -> HallSetup:
    """Add a clerk, who signs in by a link first; raises ``UsernameTaken``."""
    change = begin(session, code, by=by, clock=clock)
    taken = username_exists(session, wanted.username)
    if taken or not store.add_clerk(session, change.hall.id, wanted.username, wanted.name, no_password()):
        raise UsernameTaken(username=wanted.username)
    change.note("clerk_added", wanted.username, after=wanted.name)
    return change.done()


def link_for(
    session: Session, code: str, staff_id: StaffId, *, by: Staff, clock: Clock, vault: Vault
) -> SignInLink:
    """Return a sign-in link for a clerk, to be handed over by hand; raises ``ClerkNotFound``."""
    change = begin(session, code, by=by, clock=clock)
    clerk = _clerk(change, staff_id)
    if clerk.disabled:
        raise ClerkNotFound(clerk=clerk.username)
    change.note("link", clerk.username)
    return sign_in_link(change, staff_id, vault=vault)


def _clerk(change: Change, staff_id: StaffId) -> Clerk:
    for clerk in store.clerks_of(change.session, change.hall.id):
        if clerk.id == staff_id:
            return clerk
    raise ClerkNotFound(clerk=staff_id)


def plain_clerk(clerk: Clerk) -> dict[str, object]:
    """Return what a manager may set about a clerk, for the trail and for comparing."""
    return {
        "name": clerk.name,
        "disabled": clerk.disabled,
        "skills": [str(queue_id) for queue_id in clerk.skills],
    }

"""A thing of another hall is answered as one that is not there, so that nobody finds out which ids are."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from booking.errors import AppointmentNotFound
from booking.no_shows.errors import NoShowNotFound
from booking.ratings.errors import RatingCaseNotFound
from kernel.identity import WrongHall
from queueing.errors import FeedNotFound, QueueNotFound, TicketNotFound, WindowNotFound
from queueing.help.errors import HelpNotFound
from queueing.notices.errors import NoticeNotFound
from queueing.plans.errors import ProposalNotFound, StudyNotFound
from queueing.priority.errors import PriorityClassNotFound
from queueing.quotas.errors import QuotaNotFound
from queueing.setup.errors import ClerkNotFound
from queueing.today.errors import AlertNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kernel.errors import Refusal

# By the name that addresses have for an id: what is said of one that is not there, and under which fact
# the id stands there ("": under none).
OF_A_HALL: Mapping[str, tuple[type[Refusal], str]] = MappingProxyType({
    "alert_id": (AlertNotFound, "alert"),
    "appointment_id": (AppointmentNotFound, ""),
    "call_id": (HelpNotFound, "call"),
    "case_id": (RatingCaseNotFound, ""),
    "class_id": (PriorityClassNotFound, "priority_class"),
    "feed_id": (FeedNotFound, ""),
    "no_show_id": (NoShowNotFound, ""),
    "notice_id": (NoticeNotFound, "notice"),
    "proposal_id": (ProposalNotFound, "proposal"),
    "queue_id": (QueueNotFound, "queue"),
    "quota_id": (QuotaNotFound, "quota"),
    "staff_id": (ClerkNotFound, "clerk"),
    "study_id": (StudyNotFound, "study"),
    "ticket_id": (TicketNotFound, "ticket"),
    "window_id": (WindowNotFound, "window"),
})  # fmt: skip


def as_unknown(refused: Refusal, path_params: Mapping[str, Any]) -> Refusal:
    """Return what is answered in place of ``WrongHall`` where the address names a thing by its id.

    Use cases raise ``WrongHall`` as they must; what crosses the edge is the refusal that an id of nothing
    gets, to the letter. Where the address names a hall alone the refusal stays: halls are public.
    """
    named = [name for name in OF_A_HALL if name in path_params]
    if not isinstance(refused, WrongHall) or not named:
        return refused
    kind, fact = OF_A_HALL[named[0]]
    return kind(**{fact: UUID(str(path_params[named[0]]))} if fact else {})

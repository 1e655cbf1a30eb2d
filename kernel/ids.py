"""Identifiers: UUIDv7 made by the application, so a hall cut off from the centre can go on making them."""

from __future__ import annotations

import os
import threading
import time
import unicodedata
from typing import NewType
from uuid import UUID

HallId = NewType("HallId", UUID)
QueueId = NewType("QueueId", UUID)
WindowId = NewType("WindowId", UUID)
ServiceId = NewType("ServiceId", UUID)
TicketId = NewType("TicketId", UUID)
VisitId = NewType("VisitId", UUID)
AppointmentId = NewType("AppointmentId", UUID)
StaffId = NewType("StaffId", UUID)
DeviceId = NewType("DeviceId", UUID)
PlanId = NewType("PlanId", UUID)
ProposalId = NewType("ProposalId", UUID)
RatingCaseId = NewType("RatingCaseId", UUID)
JobId = NewType("JobId", UUID)
AlertId = NewType("AlertId", UUID)
StudyId = NewType("StudyId", UUID)
WaitingId = NewType("WaitingId", UUID)
WebhookId = NewType("WebhookId", UUID)
DeliveryId = NewType("DeliveryId", UUID)
NoShowId = NewType("NoShowId", UUID)
AppealId = NewType("AppealId", UUID)

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """Return a UUIDv7 (RFC 9562 §5.7); ids made by one process rise strictly.

    The 12 bits after the millisecond count sub-millisecond steps (§6.2, method 3), carried over into
    the next millisecond when the clock stands still or goes back.
    """
    global _last
    with _lock:
        ticks = time.time_ns() * 4096 // 1_000_000
        _last = ticks = max(ticks, _last + 1)
    random_bits = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    milliseconds, step = divmod(ticks, 4096)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | step << 64 | 0b10 << 62 | random_bits)


def sign_in_key(name: str) -> str:
    """Return how a sign-in name is compared: full-width letters and capitals make no other name.

    >>> sign_in_key("Li.Min"), sign_in_key("ｌｉ．ｍｉｎ")
    ('li.min', 'li.min')
    """
    # Once more after folding: a few letters fold into what NFKC would take apart.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).casefold())

"""Refusals about the code that confirms a booking."""

from __future__ import annotations

from booking.rules.activation import SEND_AGAIN_AFTER
from kernel.errors import Conflict, TooMany


class CodeJustSent(TooMany):
    code, title = "code-just-sent", "A code was sent a moment ago."
    help = "Wait a minute for it before you ask for another one."
    retry_after = SEND_AGAIN_AFTER


class CodesUsedUp(Conflict):
    code, title = "codes-used-up", "No more codes are sent for this booking, or to this number today."
    help = "Type the newest code that came, or have the help desk of the hall book for you."

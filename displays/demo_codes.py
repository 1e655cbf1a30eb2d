"""A demo sends nothing to anybody's telephone: its pages that ask for a code show the message instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from booking.messages.gateway import StandIn
from kernel.web.parts import parts

if TYPE_CHECKING:
    from starlette.requests import Request

_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_FOR_THE_LIST = re.compile("我的预约|My appointments")


def code_in_demo(request: Request, phone_masked: str | None = None) -> str | None:
    """Return the newest message with a code to a number, or without one the newest for "My appointments".

    Empty while none has come; None wherever this is no demo: there a code goes to the telephone alone.
    """
    gateway = request.app.state.gateway
    if parts(request).settings.demo is None or not isinstance(gateway, StandIn):
        return None
    texts = (
        kept.text
        for kept in gateway.latest()
        if (kept.phone_masked == phone_masked if phone_masked else _FOR_THE_LIST.search(kept.text))
    )
    return next(filter(_CODE.search, texts), "")

"""The lifecycle of a proposal: one table, and a missing pair is a refusal."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class ProposalStatus(StrEnum):
    """Where a proposal stands; ``no_gain`` and ``failed`` are shown with their reason, but not offered."""

    COMPUTING = "computing"
    SHOWN = "shown"
    NO_GAIN = "no_gain"
    FAILED = "failed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ROLLED_BACK = "rolled_back"


class ProposalAction(StrEnum):
    SHOW = "show"
    FIND_NO_GAIN = "find_no_gain"
    FAIL = "fail"
    STOP = "stop"
    ACCEPT = "accept"
    DECLINE = "decline"
    ROLL_BACK = "roll_back"


_S, _A = ProposalStatus, ProposalAction

PROPOSAL_TRANSITIONS: Mapping[tuple[ProposalStatus, ProposalAction], ProposalStatus] = MappingProxyType(
    {
        (_S.COMPUTING, _A.SHOW): _S.SHOWN,
        (_S.COMPUTING, _A.FIND_NO_GAIN): _S.NO_GAIN,
        (_S.COMPUTING, _A.FAIL): _S.FAILED,
        (_S.COMPUTING, _A.STOP): _S.COMPUTING,  # it ends with the best so far, shown or not as any other
        (_S.SHOWN, _A.ACCEPT): _S.ACCEPTED,
        (_S.SHOWN, _A.DECLINE): _S.DECLINED,
        (_S.ACCEPTED, _A.ROLL_BACK): _S.ROLLED_BACK,
    }
)

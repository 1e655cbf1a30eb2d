"""The lifecycle of a study: one table, and a missing pair is a refusal."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class StudyKind(StrEnum):
    """What is asked: a draft against the present plan, windows needed, a week, places to offer."""

    TRIAL = "trial"
    STAFFING = "staffing"
    WEEK = "week"
    CAPACITY = "capacity"


class StudyStatus(StrEnum):
    """Where a study stands; ``dropped`` when a newer question of the same kind took its place."""

    COMPUTING = "computing"
    ANSWERED = "answered"
    FAILED = "failed"
    DROPPED = "dropped"


class StudyAction(StrEnum):
    ANSWER = "answer"
    FAIL = "fail"
    DROP = "drop"


_S, _A = StudyStatus, StudyAction

STUDY_TRANSITIONS: Mapping[tuple[StudyStatus, StudyAction], StudyStatus] = MappingProxyType(
    {
        (_S.COMPUTING, _A.ANSWER): _S.ANSWERED,
        (_S.COMPUTING, _A.FAIL): _S.FAILED,
        (_S.COMPUTING, _A.DROP): _S.DROPPED,
    }
)

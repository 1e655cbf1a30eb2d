"""What this person brings and need not bring, by what is on file on the day of the visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.guidance import BRING, LICENCE, PREFILLED, papers_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from booking.licences.port import OnFile
    from kernel.catalogue import Paper, Service


@dataclass(frozen=True, slots=True)
class Found:
    """A paper and the last day it is valid, None for no end."""

    paper: Paper
    until: date | None


@dataclass(frozen=True, slots=True)
class PersonalGuide:
    """``bring``: of everybody. ``missing``: would be on file and is not, or has ended by then (``until``).

    ``known``: need not be brought. ``filled``: filled in beforehand; ``unfilled``: by oneself after all.
    """

    bring: tuple[Paper, ...]
    missing: tuple[Found, ...]
    known: tuple[Found, ...]
    filled: tuple[Paper, ...]
    unfilled: tuple[Paper, ...]


def personal(services: Sequence[Service], found: OnFile, *, on: date) -> PersonalGuide:
    """Return the guide of one person for a visit ``on`` a local date; whoever misses a paper brings it."""
    papers = [Found(paper, found.until.get(paper.name_zh)) for paper in papers_of(services, LICENCE)]
    forms = papers_of(services, PREFILLED)

    def holds(paper: Paper) -> bool:
        if paper.name_zh not in found.until:
            return False
        until = found.until[paper.name_zh]
        return until is None or until >= on

    return PersonalGuide(
        bring=papers_of(services, BRING),
        missing=tuple(own for own in papers if not holds(own.paper)),
        known=tuple(own for own in papers if holds(own.paper)),
        filled=tuple(paper for paper in forms if holds(paper)),
        unfilled=tuple(paper for paper in forms if not holds(paper)),
    )

"""Priority classes: who is called before those who came a little earlier, and by how much.

A hall has one priority for all the legal groups (``CallPolicy.priority_credit``). Its manager may name
classes instead, each with a head start of its own. A class changes the one number by which tickets are
ordered, when the ticket joins, and nothing else: a head start changed later moves nobody who waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

if TYPE_CHECKING:
    from kernel.ids import HallId

MOST_CLASSES = 8  # what a kiosk shows without scrolling, and people read before they choose
LONGEST_ZH, LONGEST_EN = 12, 40
MOST_MINUTES = 60  # as the hall's own credits: nobody is overtaken by somebody who came an hour later

PriorityWish: TypeAlias = bool | UUID
"""Whether a ticket is a priority ticket; of which class of the hall, where one is named."""


@dataclass(frozen=True, slots=True)
class PriorityClass:
    """A class with the names that people read; ``credit``: so much earlier its tickets count as come."""

    id: UUID
    hall_id: HallId
    rank: int
    name_zh: str
    name_en: str
    credit: timedelta

    @property
    def credit_minutes(self) -> int:
        return round(self.credit.total_seconds() / 60)


def class_fits(name_zh: str, name_en: str, minutes: int) -> bool:
    """Return whether these can be a class: both names, and a head start that the hall can publish."""
    named = 0 < len(name_zh) <= LONGEST_ZH and 0 < len(name_en) <= LONGEST_EN
    return named and 0 <= minutes <= MOST_MINUTES


def is_priority(wish: PriorityWish) -> bool:
    """Return whether a wish is for a priority ticket.

    >>> is_priority(False), is_priority(UUID(int=1))
    (False, True)
    """
    return wish is not False

"""What was really done for a person: the service asked for, another one, or more than one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from kernel.ids import ServiceId

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_DONE = 8  # services of one ticket, as many as one visit may ask for


@dataclass(frozen=True, slots=True)
class Delivered:
    """The service asked for, the one that was done in its place (mostly the same), others done as well."""

    asked_id: ServiceId
    service_id: ServiceId
    as_well: tuple[ServiceId, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether anything else was done than what was asked."""
        return self.service_id != self.asked_id or bool(self.as_well)


def delivered_of(asked_id: ServiceId, done: Sequence[ServiceId]) -> Delivered:
    """Return what ``done``, which holds at least one service, makes of a ticket asked for ``asked_id``.

    What was asked stands first wherever in the list it was; a service that is named twice counts once.
    """
    each = list(dict.fromkeys(done))
    first = asked_id if asked_id in each else each[0]
    return Delivered(asked_id, first, tuple(own for own in each if own != first))


def stored(as_well: Sequence[ServiceId]) -> list[str] | None:
    """Return services done as well as a column keeps them: None for none."""
    return [str(own) for own in as_well] or None


def read(kept: Sequence[str] | None) -> tuple[ServiceId, ...]:
    """Return what ``stored`` kept."""
    return tuple(ServiceId(UUID(own)) for own in kept or ())

"""What somebody does while signed in stands on their list, in the unit of work that does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.mine import store

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from booking.rules.own_list import About
    from kernel.ids import HallId
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can stand on a list: what it is, of which hall, and where its link leads."""

    subject: UUID
    about: About
    hall_id: HallId
    path: str


def path_field(person: bytes, subject: UUID) -> str:
    """Return under which name a link is sealed: copied to another's list it does not open."""
    return f"own_item.path|{person.hex()}|{subject}"


def keep(session: Session, person: bytes | None, thing: Thing, *, at: datetime, vault: Vault) -> bool:
    """Put something on a person's list; False if it stands there already, or nobody is signed in."""
    if person is None:
        return False
    return store.add_item(
        session,
        person,
        thing.subject,
        about=thing.about,
        hall_id=thing.hall_id,
        path_sealed=vault.seal(thing.path, field=path_field(person, thing.subject)),
        added_at=at,
    )


def hand_on(session: Session, before: UUID, thing: Thing, *, at: datetime, vault: Vault) -> None:
    """Put what came of something on each list on which that stands."""
    for person in store.owners_of(session, before):
        keep(session, person, thing, at=at, vault=vault)


def forget_things(session: Session, subjects: Collection[UUID]) -> None:
    """Take what is erased off all lists."""
    store.forget_items(session, subjects)

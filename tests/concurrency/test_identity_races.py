"""Two names that are connected with one person of the single sign-on at the same instant."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from kernel.identity import Staff
from kernel.identity_tables import OutsideIdentityRow
from kernel.single_sign_on import IdentityTaken, connect, subject_hash
from kernel.web.parts import Parts
from tests.support.people import asking
from tests.support.small_city import SmallCity

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlmodel import Session

_identities = OutsideIdentityRow.__table__  # type: ignore[attr-defined]


def test_of_two_names_that_are_connected_at_once_one_is(parts: Parts, city: SmallCity) -> None:
    def way(clerk: Staff) -> None:
        asked = asking(parts.vault, parts.clock)
        parts.database.write_now(
            connect, clerk.id, subject_hash("https://id.example", "person-1", parts.vault), asked=asked
        )

    assert both_at_once(city, way) == ["IdentityTaken", "connected"]


def test_without_the_guard_both_find_it_free(parts: Parts, city: SmallCity) -> None:
    meet, own = threading.Barrier(2, timeout=20), subject_hash("https://id.example", "person-1", parts.vault)

    def way(clerk: Staff) -> None:
        found = parts.database.read_now(named_by, own)
        meet.wait()
        if found is not None:
            raise IdentityTaken
        parts.database.write_now(put, clerk, own, parts.clock.now())

    # Only the table's own rule keeps the second out, with an error of ours in place of a refusal.
    assert both_at_once(city, way) == ["IntegrityError", "connected"]


def named_by(session: Session, who: bytes) -> Any:
    query = select(_identities.c.staff_id).where(_identities.c.subject_hash == who)
    return session.execute(query).scalar_one_or_none()


def put(session: Session, clerk: Staff, who: bytes, now: datetime) -> None:
    session.execute(insert(_identities).values(staff_id=clerk.id, subject_hash=who, since=now))


def both_at_once(city: SmallCity, way: Callable[[Staff], None]) -> list[str]:
    """Let two clerks connect the same person at once; return what came of it, sorted."""
    came: list[str] = []

    def one(clerk: Staff) -> None:
        try:
            way(clerk)
        except Exception as refused:  # the test looks at what it was
            came.append(type(refused).__name__)
        else:
            came.append("connected")

    threads = [threading.Thread(target=one, args=(clerk,)) for clerk in city.clerks[:2]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(came)

"""What is left of a citizen's link when personal data is erased: that it was, and on which day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel.errors import Gone
from kernel.identity_tables import ErasedLinkRow
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlmodel import Session

_erased = ErasedLinkRow.__table__


class LinkErased(Gone):
    code, title = "link-erased", "The personal data behind this link has been erased."
    help = "Nothing is kept that leads to you; to come again, book another time or take a ticket."


def leave_word(session: Session, token_hashes: Iterable[bytes | None], on: date) -> None:
    """Note that these links were erased; no row says of which appointment or visit they were."""
    rows = [{"token_hash": own, "erased_on": on} for own in token_hashes if own is not None]
    if rows:
        session.execute(insert_into(session, _erased).on_conflict_do_nothing(), rows)


def refuse_erased(session: Session, token_hash: bytes) -> None:
    """Raise ``LinkErased`` for a link that leads nowhere any more because its data was erased."""
    on = session.execute(
        select(_erased.c.erased_on).where(_erased.c.token_hash == token_hash)
    ).scalar_one_or_none()
    if on is not None:
        raise LinkErased(erased_on=on)

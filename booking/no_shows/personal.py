"""What is kept of one person about no-shows, for whoever asks what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from booking.no_shows.store import appeals, facts
from kernel import catalogue

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.secrets import Vault

WORDS_FIELD = "no_show.appeal"
ANSWER_FIELD = "no_show.answer"


def no_shows_of_phone(session: Session, phone_hash: bytes, vault: Vault) -> list[dict[str, Any]]:
    """Return what counts or counted against a person, with appeals and their answers."""
    return [_kept(session, own, vault) for own in facts.all_of_person(session, phone_hash)]


def _kept(session: Session, own: facts.NoShow, vault: Vault) -> dict[str, Any]:
    appeal = appeals.appeal_of(session, own.id)
    return {
        "no_show": str(own.id),
        "hall": catalogue.hall(session, own.hall_id).code,
        "starts_at": own.starts_at,
        "kind": own.kind.value,
        "status": own.status.value,
        "kept_until": own.forget_at,
        "appeal": opened(appeal.words_sealed, WORDS_FIELD, vault) if appeal else None,
        "answer": opened(appeal.answer_sealed, ANSWER_FIELD, vault) if appeal else None,
    }


def opened(sealed: bytes | None, field: str, vault: Vault) -> str:
    """Return sealed words, or nothing where they are forgotten."""
    return vault.open(sealed, field=field) if sealed else ""

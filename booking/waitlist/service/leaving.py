"""Somebody leaves the list, or says no to an offer and stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.rules.waitlist import OfferStatus, WaitingAction, WaitingStatus
from booking.waitlist import store
from booking.waitlist.ending import end, give_back
from booking.waitlist.errors import OfferOver, WaitingOver
from booking.waitlist.service.views import TOKEN_FIELD, WaitingView, view

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.secrets import Vault


def leave(session: Session, token: str, *, clock: Clock, vault: Vault) -> WaitingView:
    """Leave the list; a place that is kept goes to the next. Raises ``WaitingOver``."""
    entry = store.by_token(session, vault.digest(token, field=TOKEN_FIELD), lock=True)
    now = clock.now()
    status = entry.status_at(now)
    if status is not WaitingStatus.WAITING:
        raise WaitingOver(stands=status)
    end(session, entry, WaitingAction.LEAVE, now=now)
    return view(session, store.by_id(session, entry.id), now=now, vault=vault)


def decline(session: Session, token: str, *, clock: Clock, vault: Vault) -> WaitingView:
    """Say no to the place that is kept, and stay where one is in the line; raises ``OfferOver``."""
    entry = store.by_token(session, vault.digest(token, field=TOKEN_FIELD), lock=True)
    now = clock.now()
    offer = store.open_offer(session, entry.id)
    if offer is None or now >= offer.expires_at:
        raise OfferOver
    if not give_back(session, offer, OfferStatus.DECLINED, now=now):
        raise OfferOver
    return view(session, store.by_id(session, entry.id), now=now, vault=vault)

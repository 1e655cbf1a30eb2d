"""Who an outside provider says has signed in: what the pages of staff and of citizens know of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from kernel.secrets import Vault

AWAY = timedelta(minutes=10)  # to sign in at the provider, with a code by telephone where it asks for one


class ProviderSilent(Exception):
    """The provider does not answer, or with something that is no OpenID Connect."""


class NotVouchedFor(Exception):
    """What came back is no proof that this browser's person has signed in at the provider just now."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """The provider's page for this person, and what to keep in their cookie meanwhile."""

    url: str
    sealed: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """Who came back: the provider's word for the person, where they wanted to go, whose name to connect."""

    subject: str
    target: str
    link_to: str | None


class Provider(Protocol):
    """One provider of the installation; ``wall`` is the real clock."""

    async def leave(self, target: str, *, link_to: UUID | None = None, wall: datetime) -> Leaving:
        """Return where to send somebody. Raises ``ProviderSilent``."""
        ...

    async def arrive(self, sealed: str, answer: Mapping[str, str], *, wall: datetime) -> Arrived:
        """Return who came back with the provider's ``answer`` (its query parameters).

        Raises ``NotVouchedFor`` for anything that this browser did not set out for within ten minutes, that
        the provider did not sign or not for us; ``ProviderSilent`` where it cannot be asked.
        """
        ...


def person_hash(issuer: str, subject: str, vault: Vault, *, field: str) -> bytes:
    """Return what is kept of a person at a provider; another ``field``, another hash of the same person."""
    return vault.digest(f"{issuer}\n{subject}", field=field)

"""The port to the city's electronic licences, and what asks without a network: a stand-in for demos.

Narrow on purpose: it is told for whom, by which consent, for which services and which papers these need;
it answers which of those papers are on file and until when. No licence itself, no number of one, no picture
comes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from kernel.secrets import Vault
    from kernel.settings import LicenceSettings


class HolderKind(StrEnum):
    """By what the licence system knows whose licences are meant."""

    CITIZEN = "citizen"  # the identity service's word for who has signed in
    ID_NUMBER = "id_number"
    COMPANY = "company"  # a unified social credit code


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose licences. ``acting``: who asks for a company, as the identity service calls them, else ""."""

    kind: HolderKind
    value: str = field(repr=False)
    acting: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """One look: ``papers`` are Chinese names as in the catalogue, ``services`` codes, the purpose."""

    consent: UUID
    holder: Holder
    services: tuple[str, ...]
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnFile:
    """What is on file: the paper's Chinese name with its last valid day, None for no end."""

    until: dict[str, date | None]


class LicencesAway(Exception):
    """The licence system does not answer, not in time, or with what is no answer."""


class NotActing(Exception):
    """The licence system does not know this person as somebody who may act for the company."""


class LicenceSystem(Protocol):
    """Asks the city's licence system; returns within three seconds or raises."""

    async def on_file(self, question: Question) -> OnFile:
        """Return what is on file. Raises ``LicencesAway``, ``NotActing``."""
        ...

    async def aclose(self) -> None: ...


class StandIn:
    """Invents what is on file from the holder's keyed hash: the same person, the same answer.

    For demos and tests alone; of eight papers one is not on file and one ended yesterday.
    """

    def __init__(self, now: Callable[[], datetime], vault: Vault) -> None:
        self._now, self._vault = now, vault

    async def on_file(self, question: Question) -> OnFile:
        today = self._now().date()
        own = question.holder.value
        found: dict[str, date | None] = {}
        for name in question.papers:
            drawn = self._vault.digest(f"{own}\n{name}", field="licence.stand_in")[0] % 8
            if drawn == 1:
                found[name] = today - timedelta(days=1)
            elif drawn > 1:
                found[name] = None if drawn == 2 else today + timedelta(days=300 * drawn)
        return OnFile(found)

    async def aclose(self) -> None:
        return None


def licence_system_of(
    settings: LicenceSettings | None, now: Callable[[], datetime], vault: Vault
) -> LicenceSystem | None:
    """Return the licence system that the settings name; None where none is asked."""
    if settings is None:
        return None
    if settings.kind == "stand_in":
        return StandIn(now, vault)
    from booking.licences.http_system import HttpLicences  # noqa: PLC0415 - a client that most do without

    secret = settings.secret.get_secret_value() if settings.secret else None
    return HttpLicences(settings.url or "", secret, now=now)

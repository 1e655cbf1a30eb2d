"""The kinds by which a city publishes its services (分类公布), and the order of such a list."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Kind(StrEnum):
    """What is said of a service; the last four are the four exemptions (四免)."""

    AT_ONCE = "at-once"
    ONLINE = "online"
    TERMINAL = "terminal"
    PAPERS = "papers"
    FORMS = "forms"
    SEALS = "seals"
    SIGNATURES = "signatures"


MARKS = (Kind.PAPERS, Kind.FORMS, Kind.SEALS, Kind.SIGNATURES)


class Sorted(Protocol):
    """What of a service says which kinds it is of, and where it stands in a list."""

    @property
    def code(self) -> str: ...
    @property
    def at_once(self) -> bool: ...
    @property
    def online(self) -> bool: ...
    @property
    def marks(self) -> Sequence[str]: ...


_S = TypeVar("_S", bound=Sorted)


def kinds_of(service: Sorted, *, at_terminal: bool) -> frozenset[Kind]:
    """Return the kinds of a service; ``at_terminal``: some terminal of the city does it."""
    said = {Kind.AT_ONCE: service.at_once, Kind.ONLINE: service.online, Kind.TERMINAL: at_terminal}
    marks = {mark for mark in MARKS if mark.value in service.marks}
    return frozenset({kind for kind, holds in said.items() if holds} | marks)


def soonest_done(services: Iterable[_S]) -> list[_S]:
    """Return services with those first that are done on the spot, else as they were.

    Where a citizen chooses among them, one visit less is worth more than the alphabet.
    """
    return sorted(services, key=lambda own: not own.at_once)

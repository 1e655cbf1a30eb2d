"""Typed addresses and names: a street, a hall, a bank, a village, or as much of an address as is known.

A gazetteer of the city alone, no network. What is typed is an area by name (``geo.rules.areas``), a place by
name, or an address of which the longest known part is taken: of "海丰县海城镇人民南路12号" the street if the
gazetteer has it, else the town, and it says so. Two places that fit are offered, never guessed between.
Latin letters also meet the pinyin of a name and its initials.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from geo.errors import AmbiguousArea, UnknownArea
from geo.rules.areas import plain_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from geo.rules.areas import Areas
    from geo.rules.coordinates import Position

    # Texts to (pinyin, initials) of each, see ``booking.pinyin``.
    Speller = Callable[[tuple[str, ...]], Sequence[tuple[str, str]]]

MOST_CANDIDATES = 8
LEAST_NAME, LEAST_PINYIN, LEAST_INITIALS = 2, 4, 3  # letters; shorter ones stand in anything
_PROVINCE = re.compile(r"^(中国|中华人民共和国)?(广东省|guangdong(province|sheng)?)")
# What stands behind a street: house, lane, building, floor, room. Points of houses are rarely known.
_HOUSE = re.compile(r"(no\.?)?[0-9]+.*$|[一二三四五六七八九十百]+(号|弄|巷|栋|幢|座|室|楼|层|单元).*$")


@dataclass(frozen=True, slots=True)
class Place:
    """Something with a name and a position; ``within`` is the code of the area around it, if one is known."""

    code: str
    names: tuple[str, ...]
    position: Position
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a text was taken for. ``whole``: nothing of it but a house number was left over."""

    name: str
    position: Position
    whole: bool


class Places:
    """The places of a city, found by what people type."""

    def __init__(self, areas: Areas, places: Iterable[Place], spell: Speller | None = None) -> None:
        self._areas, self._spell = areas, spell
        self._places = tuple(sorted(places, key=lambda each: each.code))

    @cached_property
    def _written(self) -> Mapping[str, tuple[Place, ...]]:
        found: dict[str, tuple[Place, ...]] = {}
        for place in self._places:
            for name in {plain_name(each) for each in place.names} - {""}:
                found[name] = (*found.get(name, ()), place)
        return found

    @cached_property
    def _said(self) -> Mapping[str, tuple[Place, ...]]:
        """Places by pinyin and by initials; spelled when somebody first types Latin letters, or before."""
        names = tuple(sorted(name for name in self._written if not name.isascii()))
        if self._spell is None or not names:
            return {}
        found: dict[str, tuple[Place, ...]] = {}
        for name, (full, initials) in zip(names, self._spell(names), strict=True):
            for said, least in ((full, LEAST_PINYIN), (initials, LEAST_INITIALS)):
                if len(said) >= least:
                    found[said.casefold()] = (*found.get(said.casefold(), ()), *self._written[name])
        return found

    def spell(self) -> None:
        """Spell the names before somebody types."""
        _ = self._said

    def find(self, text: str) -> Taken:
        """Return what a text is taken for; raises ``UnknownArea`` or ``AmbiguousArea``."""
        try:
            area = self._areas.find(text)
        except UnknownArea as unknown:
            return self._address(text, unknown)
        return Taken(area.names[0], area.position, whole=True)

    def _address(self, text: str, unknown: UnknownArea) -> Taken:
        typed = _PROVINCE.sub("", plain_name(text))
        found = self._place(typed)
        if found is not None:
            return found
        area = self._areas.mentioned(typed)
        if area is not None:
            return Taken(self._areas.path(area), area.position, whole=False)
        beginnings = self._holding(_HOUSE.sub("", typed))
        if len(beginnings) == 1:
            return Taken(self._named(beginnings[0]), beginnings[0].position, whole=True)
        if beginnings:
            raise AmbiguousArea(name=text, candidates=self._offered(beginnings))
        raise unknown

    def _place(self, typed: str) -> Taken | None:
        """Return the place whose name is the longest in what was typed; of several the one in its area."""
        area = self._areas.mentioned(typed)
        spellings = {**self._said, **self._written} if typed.isascii() else self._written
        names = [name for name in spellings if _stands_in(name, typed)]
        if not names:
            return None
        longest = max(map(len, names))
        found = {own.code: own for name in names if len(name) == longest for own in spellings[name]}
        here = [own for own in found.values() if area is None or self._areas.is_within(own.within, area)]
        if area is not None and not here:
            return None  # a street of that name in another town is not this one
        if len(here) > 1:
            raise AmbiguousArea(name=typed, candidates=self._offered(here))
        name = next(name for name in names if len(name) == longest)
        rest = typed.replace(name, "", 1)
        whole = not _HOUSE.sub("", self._areas.without(rest, area) if area else rest)
        return Taken(self._named(here[0]), here[0].position, whole)

    def _holding(self, typed: str) -> list[Place]:
        """Return the places in whose names all that was typed stands."""
        if len(typed) < LEAST_NAME:
            return []
        spellings = {**self._said, **self._written} if typed.isascii() else self._written
        found = {own.code: own for name in spellings if typed in name for own in spellings[name]}
        return list(found.values())

    def _named(self, place: Place) -> str:
        """Return a name by which the same place is found again."""
        name = place.names[0]
        if len(self._written.get(plain_name(name), ())) < 2 or place.within is None:
            return name
        around = self._areas.by_code(place.within)
        return name if around is None else self._areas.path(around) + name

    def _offered(self, places: Sequence[Place]) -> list[str]:
        return list(dict.fromkeys(self._named(own) for own in places))[:MOST_CANDIDATES]


def _stands_in(name: str, typed: str) -> bool:
    least = LEAST_PINYIN if name.isascii() else LEAST_NAME
    return name == typed or (len(name) >= least and name in typed)

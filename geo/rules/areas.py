"""Named areas: a citizen who gives no position types a district or town and gets the same ranking.

Names are compared without spaces, case, width (full or half) and administrative endings, with or without
the names of the areas around them: "海丰县 海城镇", "海城镇", "海城" and "Haicheng Town" are one place.
A name that two areas share is refused with the candidates, never guessed.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.errors import AmbiguousArea, UnknownArea

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo.rules.coordinates import Position

MOST_SUGGESTIONS = 5
LEAST_LATIN = 6  # letters of a name within an address; shorter ones stand in other words
# Longest first: "街道办事处" must go as a whole, not as "处".
_ENDINGS = re.compile(
    r"(街道办事处|经济开发区|自治县|管理区|街道|地区|新区|林场|农场|市|县|区|镇|乡|村"
    r"|(sub)?district|county|city|town(ship)?|village)$"
)
_IGNORED = re.compile(r"[\s·・,，、'’\-_/]+")


@dataclass(frozen=True, slots=True)
class Area:
    """A district or town; ``code`` orders and identifies it, ``within`` is the code of the area around it."""

    code: str
    names: tuple[str, ...]
    position: Position
    within: str | None = None


class Areas:
    """The areas of a city, found by name.

    >>> from geo.rules.coordinates import Datum, Position
    >>> town = Area("1", ("海城镇", "Haicheng Town"), Position(22.97, 115.33, Datum.WGS84))
    >>> Areas([town]).find(" 海城 ").code, Areas([town]).find("HAICHENG").code
    ('1', '1')
    """

    def __init__(self, areas: Iterable[Area]) -> None:
        self._by_code = {area.code: area for area in sorted(areas, key=lambda each: each.code)}
        self._full: defaultdict[str, list[Area]] = defaultdict(list)
        self._short: defaultdict[str, list[Area]] = defaultdict(list)
        for area in self._by_code.values():
            for full, short in self._spellings(area):
                _add(self._full[full], area)
                _add(self._short[short], area)

    def __len__(self) -> int:
        return len(self._by_code)

    def find(self, name: str) -> Area:
        """Return the area called ``name``; raises ``UnknownArea`` or ``AmbiguousArea``.

        A name with its ending is exact; without, any ending will do.
        """
        plain = plain_name(name)
        found = self._full.get(plain) or self._short.get(plain) or self._short.get(_stem(plain)) or []
        if len(found) == 1:
            return found[0]
        if found:
            raise AmbiguousArea(name=name, candidates=[self.path(area) for area in found])
        raise UnknownArea(name=name, similar=self._similar(plain))

    def by_code(self, code: str) -> Area | None:
        """Return an area, None for a code nobody has."""
        return self._by_code.get(code)

    def is_within(self, code: str | None, area: Area) -> bool:
        """Return whether the area of this code is ``area`` or lies in it."""
        own = self._by_code.get(code or "")
        return own is not None and (own == area or area in self._around(own))

    def mentioned(self, plain: str) -> Area | None:
        """Return the innermost area that an address names in full; None for none or for two.

        >>> from geo.rules.coordinates import Datum, Position
        >>> town = Area("1", ("海城镇",), Position(22.97, 115.33, Datum.WGS84))
        >>> Areas([town]).mentioned("海城镇人民南路12号").code, Areas([town]).mentioned("海城大道12号")
        ('1', None)
        """
        keys = [
            key for key in self._full if len(key) >= (LEAST_LATIN if key.isascii() else 2) and key in plain
        ]
        found = {own.code: own for key in keys for own in self._full[key]}
        inner = [
            own
            for own in found.values()
            if not any(own in self._around(other) for other in found.values() if other != own)
        ]
        longest = max((len(key) for key in keys), default=0)
        if len(inner) > 1:
            named = {own.code for key in keys if len(key) == longest for own in self._full[key]}
            inner = [own for own in inner if own.code in named]
        return inner[0] if len(inner) == 1 else None

    def without(self, rest: str, area: Area) -> str:
        """Return what is left of an address without the names of an area and of those around it."""
        for each in (area, *self._around(area)):
            for name in sorted(each.names, key=len, reverse=True):
                rest = rest.replace(plain_name(name), "", 1)
        return rest

    def _spellings(self, area: Area) -> Iterable[tuple[str, str]]:
        for name in area.names:
            plain = plain_name(name)
            yield plain, _stem(plain)
            for around in self._around(area):
                for outer in around.names:
                    full, short = plain_name(outer), _stem(plain_name(outer))
                    yield full + plain, short + _stem(plain)
                    yield short + plain, full + _stem(plain)
                    yield plain + full, _stem(plain) + short  # English order

    def _around(self, area: Area) -> Sequence[Area]:
        found: list[Area] = []
        while area.within is not None and area.within in self._by_code:
            area = self._by_code[area.within]
            if area in found:
                break
            found.append(area)
        return found

    def path(self, area: Area) -> str:
        """Return an area's name with those of the areas around it; it is found again by it."""
        return "".join(each.names[0] for each in (*reversed(self._around(area)), area))

    def _similar(self, plain: str) -> list[str]:
        holding = [key for key in self._full if len(plain) > 1 and (plain in key or key in plain)]
        close = difflib.get_close_matches(plain, self._full, n=4 * MOST_SUGGESTIONS, cutoff=0.5)
        codes = dict.fromkeys(area.code for key in (*holding, *close) for area in self._full[key])
        return [self._by_code[code].names[0] for code in list(codes)[:MOST_SUGGESTIONS]]


def _add(areas: list[Area], area: Area) -> None:
    if area not in areas:
        areas.append(area)


def plain_name(name: str) -> str:
    """Return a name without spaces, marks, case and width, as it is compared."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", name)).casefold()


def _stem(plain: str) -> str:
    """Drop one administrative ending, unless too little is left to be a name ("城区" stays)."""
    stem = _ENDINGS.sub("", plain)
    return stem if len(stem) >= 2 else plain

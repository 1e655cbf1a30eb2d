"""Finding a service by what people type: Chinese, English, pinyin or its initials, with typing errors.

Every name and alias is kept in three spellings: as written, in pinyin without tones, and as the pinyin's
initials. A query is scored against each; the best spelling counts.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    # Texts to (pinyin, initials) of each, see ``booking.pinyin``.
    Speller = Callable[[tuple[str, ...]], Sequence[tuple[str, str]]]

_IGNORED = re.compile(r"[\s·・,，、'’\-_/（）()]+")
LATIN = re.compile(r"[a-z0-9]+")

# Scores of one spelling, from 0 to 1. What is ordered by them: whole before beginning before inside, names
# before aliases, right before nearly right. Only the order matters, not the distances.
WHOLE, BEGINNING, INSIDE = 1.0, 0.92, 0.85
ALIAS_LESS, PINYIN_LESS, INITIALS_LESS = 0.02, 0.04, 0.12
# A typing error for every three letters or characters: "shehuibaozangka" is still found, "abc" is not.
LETTERS_PER_ERROR = 3
NEARLY = 0.75
LEAST = 0.5
SHORTEST_INITIALS = 2


@dataclass(frozen=True, slots=True)
class Searchable:
    """A service's names as the index wants them."""

    code: str
    name_zh: str
    name_en: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Spelling:
    text: str
    less: float
    initials: bool = False


def plain(text: str) -> str:
    """Return a text without spaces, marks, case and width, as it is compared.

    >>> plain("社保 卡 （Ａ）")
    '社保卡a'
    """
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold())


class ServiceIndex:
    """The spellings of all services, worked out once: at the first search, or when somebody has time."""

    def __init__(self, services: Sequence[Searchable], spell: Speller) -> None:
        self._services, self._spell = services, spell
        self._spelling = Lock()

    @cached_property
    def _spellings(self) -> Mapping[str, Sequence[_Spelling]]:
        names = {text for each in self._services for text in map(plain, _names(each))}
        chinese = tuple(sorted(text for text in names if not text.isascii()))
        said = dict(zip(chinese, self._spell(chinese), strict=True)) if chinese else {}
        return {service.code: tuple(_spellings(service, said)) for service in self._services}

    def spell(self) -> None:
        """Work the spellings out if nobody has; whoever comes meanwhile waits for them."""
        with self._spelling:
            _ = self._spellings

    def search(self, query: str) -> list[str]:
        """Return the codes of the services that match, best first; all of them for an empty query."""
        wanted = plain(query)
        if not wanted:
            return [service.code for service in self._services]
        self.spell()
        scores = {
            code: max(_score(wanted, spelling) for spelling in spellings)
            for code, spellings in self._spellings.items()
        }
        found = [code for code, score in scores.items() if score >= LEAST]
        return sorted(found, key=lambda code: (-scores[code], code))


def _names(service: Searchable) -> tuple[str, ...]:
    return service.name_zh, service.name_en, *service.aliases


def _spellings(service: Searchable, said: Mapping[str, tuple[str, str]]) -> list[_Spelling]:
    found = [_Spelling(plain(service.code), ALIAS_LESS)]
    for place, text in enumerate(_names(service)):
        written, less = plain(text), 0.0 if place < 2 else ALIAS_LESS
        found.append(_Spelling(written, less))
        if written in said:
            pinyin, initials = said[written]
            found.append(_Spelling(pinyin, less + PINYIN_LESS))
            found.append(_Spelling(initials, less + INITIALS_LESS, initials=True))
    return found


def _score(wanted: str, spelling: _Spelling) -> float:
    text = spelling.text
    if spelling.initials and (len(wanted) < SHORTEST_INITIALS or not LATIN.fullmatch(wanted)):
        return 0.0
    if wanted == text:
        return WHOLE - spelling.less
    at = text.find(wanted)
    if at == 0:
        return BEGINNING - spelling.less
    if at > 0:
        return INSIDE - spelling.less
    if spelling.initials:
        return 0.0
    return _nearly(wanted, text) - spelling.less


def _nearly(wanted: str, text: str) -> float:
    """Return the score of a query with typing errors, or of one that says more than the name does."""
    allowed = len(wanted) // LETTERS_PER_ERROR
    if text and text in wanted and len(text) * 2 >= len(wanted):
        return NEARLY
    if not allowed or len(wanted) - len(text) > allowed or not _share_a_pair(wanted, text):
        return 0.0
    errors = errors_within(wanted, text, most=allowed)
    return 0.0 if errors > allowed else NEARLY - 0.2 * errors / len(wanted) - 0.02 * errors


def _share_a_pair(a: str, b: str) -> bool:
    return any(a[at : at + 2] in b for at in range(len(a) - 1))


def errors_within(wanted: str, text: str, *, most: int) -> int:
    """Return the fewest typing errors with which ``wanted`` stands somewhere in ``text``; above ``most``
    the answer is only known to be above it.

    P. H. Sellers, "The theory and computation of evolutionary distances", J. Algorithms 1 (1980).

    >>> errors_within("shebaoak", "shehuibaozhangkashebaoka", most=2)
    1
    """
    column = list(range(len(wanted) + 1))
    best = column[-1]
    for letter in text:
        diagonal, column[0] = column[0], 0
        for at, own in enumerate(wanted, 1):
            step = min(column[at] + 1, column[at - 1] + 1, diagonal + (own != letter))
            diagonal, column[at] = column[at], step
        best = min(best, column[-1])
        if best == 0:
            break
    return min(best, most + 1)

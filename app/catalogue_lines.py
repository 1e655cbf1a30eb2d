"""What a change of the catalogue would do, in lines for whoever has to say yes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from booking.rules.catalogue import Part, What

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from booking.rules.catalogue import Difference

_SIGNS = {What.ADDED: "+", What.CHANGED: "~", What.RETIRED: "-", What.RETURNED: "+"}
_WHOLE = (What.ADDED, What.RETIRED, What.RETURNED)
_MOST_NAMED = 6  # halls by code; of more, how many
_LONGEST = 60  # characters of a value; a longer one is cut, the files hold all of it


def told_lines(differs: Difference) -> Iterator[str]:
    """Yield a line for each thing, offers together by hall or under their service, and a sum at the end."""
    own_line = {line.code: line.what for line in differs.of(Part.SERVICE, *_WHOLE)}
    where = {
        code: [line.hall for line in differs.of(Part.OFFER, *What) if line.code == code] for code in own_line
    }
    sums: defaultdict[str, int] = defaultdict(int)
    offers: defaultdict[tuple[str, What], list[str]] = defaultdict(list)
    for line in differs.lines:
        sums[f"{line.part} {line.what}"] += 1
        if line.part is Part.OFFER and line.code in own_line:
            continue
        if line.part is Part.OFFER:
            offers[line.hall, line.what].append(line.code)
            continue
        yield f"{_SIGNS[line.what]} {line.part} {line.code} {line.what}"
        if line.part is Part.SERVICE and where.get(line.code):
            verb = "was" if line.what is What.RETIRED else "will be"
            yield f"    {verb} offered in {_some(where[line.code])}"
        for name, before, after in line.fields:
            yield f"    {name}: {_short(before)} → {_short(after)}"
    for (hall, what), services in offers.items():
        verb = "offers also" if what is What.ADDED else "offers no more"
        yield f"{_SIGNS[what]} hall {hall} {verb}: {', '.join(services)}"
    yield ", ".join(f"{count} × {named}" for named, count in sums.items()) + "."


def _some(halls: Sequence[str]) -> str:
    return ", ".join(halls) if len(halls) <= _MOST_NAMED else f"{len(halls)} halls and terminals"


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

"""What a change of the catalogue would do, in lines for whoever has to say yes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from booking.city import datum_named
from booking.rules.catalogue import Part, What
from geo.rules.coordinates import Position
from geo.rules.distance import geodesic_metres
from geo.rules.mislabelled import likely_datum

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from booking.rules.catalogue import Difference, Standing, Values

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


def doubted_label(differs: Difference, wanted: Standing) -> str | None:
    """Return a warning where halls would move as positions of one datum do under the name of another.

    Where they stand now is taken for right. None where nothing moves, or it does not look so.
    """
    moves = [_moved(line.fields, wanted.halls[line.code]) for line in differs.of(Part.HALL, What.CHANGED)]
    pairs = [(after, before) for after, before in moves if after != before]
    labels = {after.datum for after, _ in pairs}
    likely = likely_datum(pairs) if len(labels) == 1 else None
    if likely is None:
        return None
    farthest = max(geodesic_metres(*pair) for pair in pairs)
    return (
        f"! {len(pairs)} halls or terminals would move, by up to {farthest:.0f} m, and would stay where they "
        f"are if the files' positions were {likely.upper()}, not {labels.pop().upper()}: look at their datum."
    )


def _moved(fields: Sequence[tuple[str, Any, Any]], after: Values) -> tuple[Position, Position]:
    """Return where a hall of the files stands, and where it stands now."""
    now = {**after, **{name: was for name, was, _ in fields}}
    return _position(after), _position(now)


def _position(hall: Values) -> Position:
    return Position(hall["lat"], hall["lon"], datum_named(hall["datum"]))

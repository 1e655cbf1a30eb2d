"""A city's catalogue is compared with files, and changed as it was shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.catalogue import store, use
from booking.catalogue.errors import CatalogueChangedMeanwhile, CatalogueWouldBreak
from booking.city import forget_city
from booking.rules.catalogue import Difference, Obstacle, Part, Standing, Trouble, What, difference
from booking.store import change_capacity
from kernel.audit import note
from kernel.events import lock_hall
from kernel.identity import SYSTEM
from kernel.questions import Answer, Question, replace_questions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Actor, Staff

    Build = Callable[[Session, Collection[str]], None]
    """Writes queues, hours, windows and plans of new halls, whose rows are there, by code."""

AUDIT_PREFIX = "catalogue."
_IN_PLACE = (What.ADDED, What.CHANGED, What.RETURNED)


def compare(
    session: Session, wanted: Standing, *, described: Collection[str] = (), now: datetime
) -> tuple[Difference, tuple[Obstacle, ...]]:
    """Return what would change, and what stands in the way; for show, nothing is locked.

    ``described`` are the halls that the files can build: their queues, windows and hours are told there.
    """
    present = store.standing(session)
    differs = difference(present, wanted)
    return differs, _obstacles(session, differs, wanted, described, now=now)


def change(
    session: Session,
    wanted: Standing,
    shown: Difference,
    *,
    build: Build | None = None,
    described: Collection[str] = (),
    by: Staff | Actor = SYSTEM,
    clock: Clock,
) -> Difference:
    """Make the difference that was shown, all of it or nothing.

    Locks out other changes, then the halls that lose something: whoever books or issues there is done, and
    seen, or comes after and finds it gone. Raises ``CatalogueChangedMeanwhile`` where the difference is
    another one by now, ``CatalogueWouldBreak`` with a sentence for each obstacle.
    """
    store.lock_edition(session)
    now = clock.now()
    present = store.standing(session)
    if difference(present, wanted) != shown:
        raise CatalogueChangedMeanwhile
    _lock_losing(session, shown)
    obstacles = _obstacles(session, shown, wanted, described, now=now)
    if obstacles:
        raise CatalogueWouldBreak(obstacles=[str(each) for each in obstacles])
    _write(session, present, wanted, shown, build, at=now)
    _note_all(session, shown, by=by, at=now)
    forget_city(session)
    return shown


def losing(differs: Difference) -> tuple[str, ...]:
    """Return the codes of the halls that are retired or offer less, in the order in which they are locked."""
    halls = {line.code for line in differs.of(Part.HALL, What.RETIRED)}
    return tuple(sorted(halls | {line.hall for line in differs.of(Part.OFFER, What.RETIRED)}))


def _lock_losing(session: Session, differs: Difference) -> None:
    """Lock the clocks, then the capacities, each in the order of ids, as everybody does."""
    known = store.hall_ids(session)
    halls = sorted(known[code] for code in losing(differs))
    for hall_id in halls:
        lock_hall(session, hall_id)
    for hall_id in halls:
        change_capacity(session, hall_id)


def _obstacles(
    session: Session, differs: Difference, wanted: Standing, described: Collection[str], *, now: datetime
) -> tuple[Obstacle, ...]:
    return (*_in_use(session, differs, now=now), *_unbuilt(session, differs, wanted, described))


def _in_use(session: Session, differs: Difference, *, now: datetime) -> Iterable[Obstacle]:
    """Yield who still waits for what would be taken away."""
    services = {line.code for line in differs.of(Part.SERVICE, What.RETIRED)}
    halls = {line.code for line in differs.of(Part.HALL, What.RETIRED)}
    offers = {(line.hall, line.code) for line in differs.of(Part.OFFER, What.RETIRED)}
    if not (services or halls or offers):
        return
    for trouble, found in (
        (Trouble.APPOINTMENTS, use.coming_appointments(session, now=now)),
        (Trouble.TICKETS, use.open_tickets(session)),
        (Trouble.WAITS, use.open_waits(session, now=now)),
    ):
        for (hall, service), count in sorted(found.items()):
            if hall in halls or service in services or (hall, service) in offers:
                yield Obstacle(trouble, hall, service, str(count))


def _unbuilt(
    session: Session, differs: Difference, wanted: Standing, described: Collection[str]
) -> Iterable[Obstacle]:
    """Yield new halls that nobody can build, halls turned terminals, and new offers without a queue."""
    new = {line.code for line in differs.of(Part.HALL, What.ADDED)}
    for code in sorted(new):
        if wanted.halls[code]["kind"] == "hall" and code not in described:
            yield Obstacle(Trouble.UNDESCRIBED, code)
    kinds = store.hall_kinds(session)
    for line in differs.of(Part.HALL, What.CHANGED, What.RETURNED):
        if wanted.halls[line.code]["kind"] != kinds[line.code]:
            yield Obstacle(Trouble.OTHER_KIND, line.code, detail=kinds[line.code])
    letters = store.queue_ids(session)
    for line in differs.of(Part.OFFER, What.ADDED):
        letter = wanted.offers[line.hall, line.code]
        if letter is not None and line.hall not in new and (line.hall, letter) not in letters:
            yield Obstacle(Trouble.NO_QUEUE, line.hall, line.code, letter)


def _write(
    session: Session,
    present: Standing,
    wanted: Standing,
    differs: Difference,
    build: Build | None,
    *,
    at: datetime,
) -> None:
    for line in differs.of(Part.DEPARTMENT, *_IN_PLACE):
        store.put_department(session, line.code, wanted.departments[line.code])
    for line in differs.of(Part.SERVICE, *_IN_PLACE):
        store.put_service(session, line.code, wanted.services[line.code])
    for line in differs.of(Part.HALL, *_IN_PLACE):
        values = dict(wanted.halls[line.code])
        if line.what is What.CHANGED:
            values = {name: value for name, _, value in line.fields}
        store.put_hall(session, line.code, values, at=at)
    if build is not None:
        build(session, [line.code for line in differs.of(Part.HALL, What.ADDED)])
    _write_offers(session, wanted, differs)
    for part in (Part.SERVICE, Part.HALL):
        store.retire(session, part, [line.code for line in differs.of(part, What.RETIRED)])
    for line in differs.of(Part.THEME, *_IN_PLACE):
        store.put_theme(session, line.code, wanted.themes[line.code])
    for line in differs.of(Part.THEME, What.RETIRED):
        store.remove_theme(session, line.code)
    if present.questions != wanted.questions or present.order != wanted.order:
        replace_questions(session, _questions(wanted))


def _write_offers(session: Session, wanted: Standing, differs: Difference) -> None:
    halls, services, queues = (
        store.hall_ids(session),
        store.service_ids(session),
        store.queue_ids(session),
    )
    for line in differs.of(Part.OFFER, What.RETIRED):
        store.remove_offer(session, halls[line.hall], services[line.code])
    for line in differs.of(Part.OFFER, What.ADDED):
        letter = wanted.offers[line.hall, line.code]
        queue = None if letter is None else queues[line.hall, letter]
        store.add_offer(session, halls[line.hall], services[line.code], queue)


def _questions(wanted: Standing) -> Iterable[Question]:
    for code in wanted.order:
        own = wanted.questions[code]
        answers = tuple(Answer(zh, en, goto, services) for zh, en, goto, services in own["answers"])
        yield Question(code, own["ask_zh"], own["ask_en"], answers)


def _note_all(session: Session, differs: Difference, *, by: Staff | Actor, at: datetime) -> None:
    """Write the city's trail: a row for each line, and one for all that a hall offers more or less."""
    offers: dict[tuple[str, What], list[str]] = {}
    for line in differs.lines:
        if line.part is Part.OFFER:
            offers.setdefault((line.hall, line.what), []).append(line.code)
            continue
        changed = {name: {"before": before, "after": after} for name, before, after in line.fields}
        _note(session, line.part, line.what, line.code, changed, by=by, at=at)
    for (hall, what), services in offers.items():
        _note(session, Part.OFFER, what, hall, {"services": services}, by=by, at=at)


def _note(
    session: Session,
    part: Part,
    what: What,
    subject: str,
    detail: Mapping[str, object],
    *,
    by: Staff | Actor,
    at: datetime,
) -> None:
    named = f"{AUDIT_PREFIX}{part}_{what}"
    note(session, named, by=by, hall_id=None, at=at, subject=subject, detail=detail)

"""What a city's catalogue says, and how two of them differ: what is added, changed, retired, brought back.

A catalogue here is what the whole city shares. What a hall decides by itself once it is there (hours,
queues, windows, plans, policy, and in which queue a service waits) is no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

Values = Mapping[str, Any]
NOTHING: Mapping[Any, Any] = MappingProxyType({})

# A file that leaves these empty says nothing of them: what a hall's manager entered stays.
UNSAID_IF_EMPTY = frozenset({"address_zh", "address_en", "phone"})


class Part(StrEnum):
    """What a line is about, in the order in which lines are shown and written."""

    DEPARTMENT = "department"
    SERVICE = "service"
    HALL = "hall"
    OFFER = "offer"
    THEME = "theme"
    QUESTION = "question"


class What(StrEnum):
    """What happens to it. Services and halls are retired, as history names them; the rest is taken away."""

    ADDED = "added"
    CHANGED = "changed"
    RETIRED = "retired"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Standing:
    """A catalogue: each part's values by code, an offer by hall and service with its queue's letter.

    A service's values hold its papers as (zh, en, need), prerequisites and steps as (zh, en); a question's
    its answers as (zh, en, goto, services); a terminal's its ``hours`` as (weekday, opens, closes), none are
    all hours. ``order`` are the questions' codes, the first one first. ``retired`` names the services and
    halls that are history. A terminal's offer has no letter.
    """

    departments: Mapping[str, Values] = field(default_factory=dict)
    services: Mapping[str, Values] = field(default_factory=dict)
    halls: Mapping[str, Values] = field(default_factory=dict)
    offers: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    themes: Mapping[str, Values] = field(default_factory=dict)
    questions: Mapping[str, Values] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    retired: frozenset[tuple[Part, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that differs; ``fields`` are (name, before, after) where something is changed."""

    part: Part
    what: What
    code: str
    hall: str = ""
    fields: tuple[tuple[str, Any, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What a catalogue would change; empty where nothing differs."""

    lines: tuple[Line, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lines)

    def of(self, part: Part, *whats: What) -> tuple[Line, ...]:
        """Return the lines of one part to which one of these happens."""
        return tuple(line for line in self.lines if line.part is part and line.what in whats)


def difference(present: Standing, wanted: Standing) -> Difference:
    """Return what has to happen to ``present`` so that it says what ``wanted`` does.

    Departments that are not wanted stay, as past figures name them. The queue in which a service waits is
    the hall's own decision and no difference.
    """
    lines = [
        *_lines(present, Part.DEPARTMENT, present.departments, wanted.departments, may_go=False),
        *_lines(present, Part.SERVICE, present.services, wanted.services),
        *_lines(present, Part.HALL, present.halls, wanted.halls),
        *_offers(present, wanted),
        *_lines(present, Part.THEME, present.themes, wanted.themes),
        *_lines(present, Part.QUESTION, present.questions, wanted.questions),
    ]
    questions = any(line.part is Part.QUESTION for line in lines)
    if present.order != wanted.order and not questions:
        moved = (("order", present.order, wanted.order),)
        lines.append(Line(Part.QUESTION, What.CHANGED, wanted.order[0], fields=moved))
    return Difference(tuple(lines))


def _lines(
    standing: Standing,
    part: Part,
    present: Mapping[str, Values],
    wanted: Mapping[str, Values],
    *,
    may_go: bool = True,
) -> Iterator[Line]:
    for code in sorted({*present, *wanted}):
        if code not in present:
            back = (part, code) in standing.retired
            yield Line(part, What.RETURNED if back else What.ADDED, code)
        elif code in wanted:
            changed = _changed(present[code], wanted[code])
            if changed:
                yield Line(part, What.CHANGED, code, fields=changed)
        elif may_go:
            yield Line(part, What.RETIRED, code)


def _changed(present: Values, wanted: Values) -> tuple[tuple[str, Any, Any], ...]:
    return tuple(
        (name, present.get(name), value)
        for name, value in wanted.items()
        if present.get(name) != value and (value or name not in UNSAID_IF_EMPTY)
    )


def _offers(present: Standing, wanted: Standing) -> Iterator[Line]:
    for hall, service in sorted({*present.offers} ^ {*wanted.offers}):
        added = (hall, service) in wanted.offers
        yield Line(Part.OFFER, What.ADDED if added else What.RETIRED, service, hall)


def without_services(standing: Standing, codes: Collection[str]) -> Standing:
    """Return a catalogue without these services and without what names them.

    An answer or a theme that is left with too little goes too; a question left with fewer than two answers
    is for a person to mend. Raises ``ValueError`` with a code that nobody knows, or with the question.
    """
    unknown = sorted(set(codes) - set(standing.services))
    if unknown:
        raise ValueError(f"no service is called {', '.join(unknown)}")

    def left(named: Iterable[str]) -> tuple[str, ...]:
        return tuple(code for code in named if code not in codes)

    services = {
        code: {**own, "related": left(own["related"])}
        for code, own in standing.services.items()
        if code not in codes
    }
    themes = {code: {**own, "services": left(own["services"])} for code, own in standing.themes.items()}
    questions = {code: _still_asked(code, own, left) for code, own in standing.questions.items()}
    return replace(
        standing,
        services=services,
        offers={key: own for key, own in standing.offers.items() if key[1] not in codes},
        themes={code: own for code, own in themes.items() if len(own["services"]) > 1},
        questions=questions,
    )


def _still_asked(code: str, own: Values, left: Callable[[Iterable[str]], tuple[str, ...]]) -> Values:
    kept = [(zh, en, goto, left(found)) for zh, en, goto, found in own["answers"]]
    answers = tuple(answer for answer in kept if answer[2] is not None or answer[3])
    if len(answers) < 2:
        raise ValueError(f"the question {code} would have fewer than two answers: change its file first")
    return {**own, "answers": answers}


class Trouble(StrEnum):
    """Why a difference cannot be made; each is a sentence with what would help."""

    APPOINTMENTS = "appointments"
    TICKETS = "tickets"
    WAITS = "waits"
    NO_QUEUE = "no_queue"
    UNDESCRIBED = "undescribed"
    OTHER_KIND = "other_kind"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that a difference would break; ``detail`` is how many, a queue's letter or a kind."""

    trouble: Trouble
    hall: str
    service: str = ""
    detail: str = ""

    def __str__(self) -> str:
        named = f"{self.hall}, {self.service}" if self.service else self.hall
        return f"{named}: {_SENTENCES[self.trouble].format(self.detail)}"


_SENTENCES: Mapping[Trouble, str] = MappingProxyType(
    {
        Trouble.APPOINTMENTS: "{} coming appointments. Let the hall move or cancel them on its list of"
        " bookings, or keep the service there until they are over.",
        Trouble.TICKETS: "{} tickets are not served yet. Serve them, or import after the hall's day.",
        Trouble.WAITS: "{} people wait for a place. They leave the list by themselves or when their days are"
        " over; keep the service there until then.",
        Trouble.NO_QUEUE: "the hall has no queue {}. Add it on the hall's set-up page first.",
        Trouble.OTHER_KIND: "a {} cannot become something else: give the new place a code of its own.",
        Trouble.UNDESCRIBED: "a new hall needs queues, windows and hours: describe it in halls.toml.",
    }
)

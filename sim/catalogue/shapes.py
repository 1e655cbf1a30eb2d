"""What the demo city consists of: frozen values, no behaviour beyond look-ups."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import time


class CatalogueError(ValueError):
    """A data file breaks a rule; the message names the file, the entry and the reason."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


class Level(StrEnum):
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"


class Audience(StrEnum):
    PERSON = "person"
    COMPANY = "company"


class Need(StrEnum):
    """What a citizen has to do about a paper."""

    BRING = "bring"
    LICENCE = "licence"
    """An electronic licence is on file: need not be brought."""
    PREFILLED = "prefilled"
    """The hall fills it in from data on file: need not be filled in."""


class FourFree(StrEnum):
    """The four exemptions (四免) of the provincial plan."""

    PAPERS = "papers"
    FORMS = "forms"
    SEALS = "seals"
    SIGNATURES = "signatures"


class WindowKind(StrEnum):
    INTEGRATED = "integrated"
    """综合窗口: equipped for every queue of its hall."""
    DEDICATED = "dedicated"
    """专业窗口: equipped for some queues."""
    TIDE = "tide"
    """潮汐窗口: equipped for every queue and opened only at rush hours."""


class PlanRole(StrEnum):
    PRIMARY = "primary"
    HELPING = "helping"


@dataclass(frozen=True, slots=True)
class Bilingual:
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class QueueKind:
    """A kind of queue; `prefix` is the one letter on its tickets, `levels` where it can exist."""

    code: str
    prefix: str
    name: Bilingual
    levels: frozenset[Level]


@dataclass(frozen=True, slots=True)
class Department:
    code: str
    name: Bilingual


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper; `electronic` ones are on file with an authority and can be looked up with consent."""

    code: str
    name: Bilingual
    electronic: bool


@dataclass(frozen=True, slots=True)
class PaperNeed:
    paper: Paper
    need: Need


@dataclass(frozen=True, slots=True)
class ServiceItem:
    """One service of the catalogue.

    `minutes` is the mean time at the window and `cv` its coefficient of variation; `weight` says how often
    it is asked for relative to the other services of its queue. `online` is the way to do it without
    coming, None when there is none, and `online_link` its address, "" when none is stated. `done_at_once`
    is 即来即办. `party` says what each of several people takes, "" where one person has one appointment, and
    `party_most` how many may come at once. `single`: a person has one open appointment for it.
    """

    code: str
    name: Bilingual
    aliases: tuple[str, ...]
    queue: str
    department: str
    audiences: frozenset[Audience]
    levels: frozenset[Level]
    minutes: float
    cv: float
    weight: float
    papers: tuple[PaperNeed, ...]
    online: Bilingual | None
    done_at_once: bool
    note: Bilingual
    four_free: frozenset[FourFree]
    related: tuple[str, ...]
    online_link: str = ""
    prerequisites: tuple[Bilingual, ...] = ()
    steps: tuple[Bilingual, ...] = ()
    party: str = ""
    party_most: int = 1
    single: bool = False


@dataclass(frozen=True, slots=True)
class Theme:
    """Several services as one errand (一件事), in the order in which they are done."""

    code: str
    name: Bilingual
    note: Bilingual
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One choice under a question: leads to a further question or to services, never both."""

    text: Bilingual
    goto: str | None
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    code: str
    ask: Bilingual
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """An open spell on the hall's wall clock; `weekday` 0 is Monday."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class WindowTemplate:
    """A window as built: `equipment` is what it could serve, `max_queues` how many at one time."""

    label: str
    kind: WindowKind
    equipment: tuple[str, ...]
    max_queues: int


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One line of the starting window plan, valid on `weekdays` from `starts` until `ends` (wall clock)."""

    window: str
    queue: str
    role: PlanRole
    weekdays: tuple[int, ...]
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class SlotPolicy:
    """`capacity_share` is the part of a queue's capacity that may be booked, 0 to 1."""

    minutes: int
    capacity_share: float
    days_ahead: int


@dataclass(frozen=True, slots=True)
class ArrivalShape:
    """Relative arrivals per half hour; `starts[i]` has weight `weights[i]`, the weights sum to 1."""

    starts: tuple[time, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DemandProfile:
    """How many people come, when and how.

    `tickets_per_day` is the mean over an ordinary Tuesday to Thursday, appointments included;
    `weekday_factors[0]` is Monday's multiple of it, and closed days have 0. `shapes[weekday]` spreads a
    day over its open half hours; closed days have no entry. On the last `month_end_days` working days of
    a month multiply by `month_end_factor`, on the first working day after a public holiday by
    `after_holiday_factor`. `day_cv` is the coefficient of variation of a whole day's level. The shares are
    parts of all tickets (`no_show_share`: of appointments). `patience_minutes` is the mean of an
    exponential patience; `service_factor` multiplies every service time in this hall.
    """

    tickets_per_day: float
    queue_shares: Mapping[str, float]
    weekday_factors: tuple[float, ...]
    shapes: Mapping[int, ArrivalShape]
    month_end_factor: float
    month_end_days: int
    after_holiday_factor: float
    day_cv: float
    appointment_share: float
    no_show_share: float
    priority_share: float
    patience_minutes: float
    walk_seconds: float
    service_factor: float


@dataclass(frozen=True, slots=True)
class OfferedService:
    """A service at a hall and the queue that takes it there (a small hall's intake takes over others)."""

    service: str
    queue: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Street address and telephone number of a place; each is "" where nobody stated it."""

    address_zh: str = ""
    address_en: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class HallPlan:
    """A hall and how it starts: place, windows, hours, plan, clerks, slots and demand.

    `lat` and `lon` are degrees in `datum`. `place` is the city, county or town that the hall stands for,
    `area` the county-level area around it. `seed` is derived from the code and is for whoever needs
    chance that belongs to this hall.
    """

    code: str
    parent_code: str | None
    level: Level
    name: Bilingual
    place: Bilingual
    area: Bilingual
    lat: float
    lon: float
    datum: str
    template: str
    queues: tuple[str, ...]
    offers: tuple[OfferedService, ...]
    openings: tuple[Opening, ...]
    windows: tuple[WindowTemplate, ...]
    plan: tuple[PlanEntry, ...]
    clerks: int
    slots: SlotPolicy
    demand: DemandProfile
    seed: int
    contact: Contact = field(default_factory=Contact)


@dataclass(frozen=True, slots=True)
class Terminal:
    """A self-service terminal: no queue; `near` is the hall it stands by.

    Open at all times, unless `openings` tell the hours of the doors before it.
    """

    code: str
    name: Bilingual
    near: str
    lat: float
    lon: float
    datum: str
    services: tuple[str, ...]
    contact: Contact = field(default_factory=Contact)
    openings: tuple[Opening, ...] = ()


@dataclass(frozen=True, slots=True)
class City:
    """The whole demo city; `zone` is the IANA zone of every wall-clock time in it, `questions` begin with
    the one that is asked first.
    """

    zone: str
    queues: Mapping[str, QueueKind]
    departments: Mapping[str, Department]
    papers: Mapping[str, Paper]
    services: Mapping[str, ServiceItem]
    themes: tuple[Theme, ...]
    questions: Mapping[str, Question]
    halls: Mapping[str, HallPlan]
    terminals: tuple[Terminal, ...]

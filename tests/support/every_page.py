"""Every page of the site with an address where it can be seen, in a city that has something to show.

``PAGES`` names each route that gives a page to people, ``NO_PAGES`` each other route of the kind with why it
is none; ``test_every_page`` holds both against the routes themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from booking import service as booking
from booking import waitlist
from booking.activation import service as activation
from booking.licences import permitting
from booking.meeting.service import WantedKind, set_kind
from booking.messages import planning
from booking.mine import sessions
from booking.mine.access import SIGNED_IN_COOKIE
from booking.mine.sessions import citizen_hash
from booking.no_shows import publishing
from booking.no_shows.publishing import Wanted
from booking.rules.meeting import AppointmentKind
from booking.rules.own_list import Way
from booking.rules.webhooks import WebhookKind
from booking.service import Client, Person
from booking.webhooks import service as hooks
from displays.here import SEEN_COOKIE
from displays.mine_access import CODE_COOKIE
from displays.staff_access import HALF_COOKIE
from kernel.clock import wall
from kernel.identity import CITIZEN, SYSTEM, Role
from kernel.secrets import new_token
from kernel.tables import HallRow
from kernel.web.access import DEVICE_COOKIE, STAFF_COOKIE
from queueing import service as queueing
from queueing.phone.browser import COOKIE as PHONE_COOKIE
from queueing.phone.proofs import Seen
from queueing.returns import service as returns
from tests.conftest import test_settings
from tests.support.errands import add_errands
from tests.support.people import PASSWORD, asking, enter, give_passwords, with_telephone
from tests.support.questions import ask_questions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

ADDRESS = "203.0.113.7"
RULE = Wanted(in_force=True, limit=3, within_days=90, pause_days=30, cancel_minutes=60, answer_days=5)
HOOK = "https://hooks.example.cn/jinban/events"
STAFF_AT_DESK, MANAGER, CITY = "clerk1", "manager", "supervisor"

# What stands in braces is filled in by ``furnished``; the second value is who looks (``Furnished.cookies``).
PAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "/": ("/", ""),
        "/a/{token}": ("/a/{booked}", ""),
        "/a/{token}/cancel": ("/a/{booked}/cancel", ""),
        "/a/{token}/change": ("/a/{booked}/change", ""),
        "/a/{token}/change/kind": ("/a/{booked}/change/kind?starts_at={day}T06:00:00Z&kind=home", ""),
        "/a/{token}/earlier": ("/a/{booked}/earlier", ""),
        "/a/{token}/erase": ("/a/{cancelled}/erase", ""),
        "/book": ("/book?hall=H1&service=id-card", ""),
        "/book/{token}": ("/book/{held}", ""),
        "/book/{token}/code": ("/book/{coded}/code", ""),
        "/docs": ("/docs", ""),
        "/halls": ("/halls?service=id-card", ""),
        "/halls/{code}/way": ("/halls/H1/way?service=id-card", ""),
        "/here": ("/here", ""),
        "/here/{code}": ("/here/H1", "phone"),
        "/here/{code}/back": ("/here/H1/back", "phone"),
        "/here/{code}/check-in": ("/here/H1/check-in", "phone"),
        "/here/{code}/queues/{prefix}": ("/here/H1/queues/A", "phone"),
        "/here/{code}/queues/{prefix}/{wanted}": ("/here/H1/queues/A/id-card", "phone"),
        "/here/{code}/themes": ("/here/H1/themes", "phone"),
        "/here/{code}/visit": ("/here/H1/visit?service=id-card", "phone"),
        "/here/{code}/visit/more": ("/here/H1/visit/more?service=id-card", "phone"),
        "/kiosk/{code}": ("/kiosk/H1", "kiosk"),
        "/kiosk/{code}/away": ("/kiosk/H1/away", "kiosk"),
        "/kiosk/{code}/back": ("/kiosk/H1/back", "kiosk"),
        "/kiosk/{code}/check-in": ("/kiosk/H1/check-in", "kiosk"),
        "/kiosk/{code}/check-in/card": ("/kiosk/H1/check-in/card", "kiosk"),
        "/kiosk/{code}/questions": ("/kiosk/H1/questions", "kiosk"),
        "/kiosk/{code}/queues/{prefix}": ("/kiosk/H1/queues/A", "kiosk"),
        "/kiosk/{code}/queues/{prefix}/{wanted}": ("/kiosk/H1/queues/A/id-card", "kiosk"),
        "/kiosk/{code}/rate": ("/kiosk/H1/rate", "kiosk"),
        "/kiosk/{code}/rate/{token}": ("/kiosk/H1/rate/{served}", "kiosk"),
        "/kiosk/{code}/themes": ("/kiosk/H1/themes", "kiosk"),
        "/kiosk/{code}/tickets/{token}": ("/kiosk/H1/tickets/{waiting}", "kiosk"),
        "/kiosk/{code}/visit": ("/kiosk/H1/visit?service=id-card", "kiosk"),
        "/kiosk/{code}/visit/more": ("/kiosk/H1/visit/more?service=id-card", "kiosk"),
        "/lobby/{code}": ("/lobby/H1", "lobby"),
        "/m/{code}": ("/m/{stop}", ""),
        "/mine": ("/mine", "citizen"),
        "/mine/code": ("/mine/code", "code"),
        "/mine/forget": ("/mine/forget", "citizen"),
        "/no-shows": ("/no-shows", ""),
        "/problems/{code}": ("/problems/busy", ""),
        "/questions": ("/questions", ""),
        "/services": ("/services", ""),
        "/services/{code}": ("/services/id-card", ""),
        "/staff/account": ("/staff/account", STAFF_AT_DESK),
        "/staff/account/second-factor": ("/staff/account/second-factor", STAFF_AT_DESK),
        "/staff/account/second-factor/change": ("/staff/account/second-factor/change", "clerk2"),
        "/staff/audit": ("/staff/audit", CITY),
        "/staff/city": ("/staff/city", CITY),
        "/staff/compare": ("/staff/compare", CITY),
        "/staff/course": ("/staff/course", CITY),
        "/staff/halls/{code}": ("/staff/halls/H1", MANAGER),
        "/staff/halls/{code}/appointments": ("/staff/halls/H1/appointments?day={day}", MANAGER),
        "/staff/halls/{code}/appointments/cancel": ("/staff/halls/H1/appointments/cancel?day={day}", MANAGER),
        "/staff/halls/{code}/appointments/{appointment_id}/move": (
            "/staff/halls/H1/appointments/{appointment}/move",
            STAFF_AT_DESK,
        ),
        "/staff/halls/{code}/appointments/{appointment_id}/move/kind": (
            "/staff/halls/H1/appointments/{appointment}/move/kind?starts_at={day}T06:00:00Z&kind=home",
            STAFF_AT_DESK,
        ),
        "/staff/halls/{code}/book": ("/staff/halls/H1/book", STAFF_AT_DESK),
        "/staff/halls/{code}/book/times": ("/staff/halls/H1/book/times?service=id-card", STAFF_AT_DESK),
        "/staff/halls/{code}/book/{token}": ("/staff/halls/H1/book/{held}", STAFF_AT_DESK),
        "/staff/halls/{code}/book/{token}/slip": ("/staff/halls/H1/book/{booked}/slip", STAFF_AT_DESK),
        "/staff/halls/{code}/course": ("/staff/halls/H1/course", MANAGER),
        "/staff/halls/{code}/licences": ("/staff/halls/H1/licences", MANAGER),
        "/staff/halls/{code}/messages": ("/staff/halls/H1/messages", MANAGER),
        "/staff/halls/{code}/no-show-appeals": ("/staff/halls/H1/no-show-appeals", MANAGER),
        "/staff/halls/{code}/no-shows": ("/staff/halls/H1/no-shows", MANAGER),
        "/staff/halls/{code}/notices": ("/staff/halls/H1/notices", MANAGER),
        "/staff/halls/{code}/paper": ("/staff/halls/H1/paper", STAFF_AT_DESK),
        "/staff/halls/{code}/paper/sheet": ("/staff/halls/H1/paper/sheet", STAFF_AT_DESK),
        "/staff/halls/{code}/places": ("/staff/halls/H1/places", MANAGER),
        "/staff/halls/{code}/plan": ("/staff/halls/H1/plan", MANAGER),
        "/staff/halls/{code}/plan/appointments": ("/staff/halls/H1/plan/appointments", MANAGER),
        "/staff/halls/{code}/plan/history": ("/staff/halls/H1/plan/history", MANAGER),
        "/staff/halls/{code}/plan/staffing": ("/staff/halls/H1/plan/staffing", MANAGER),
        "/staff/halls/{code}/plan/week": ("/staff/halls/H1/plan/week", MANAGER),
        "/staff/halls/{code}/appointment-kinds": ("/staff/halls/H1/appointment-kinds", MANAGER),
        "/staff/halls/{code}/home-visits": ("/staff/halls/H1/home-visits?day={home_day}", STAFF_AT_DESK),
        "/staff/halls/{code}/priority": ("/staff/halls/H1/priority", MANAGER),
        "/staff/halls/{code}/promises": ("/staff/halls/H1/promises", MANAGER),
        "/staff/halls/{code}/proposals": ("/staff/halls/H1/proposals", MANAGER),
        "/staff/halls/{code}/quotas": ("/staff/halls/H1/quotas", MANAGER),
        "/staff/halls/{code}/rating-cases": ("/staff/halls/H1/rating-cases", MANAGER),
        "/staff/halls/{code}/ratings": ("/staff/halls/H1/ratings", MANAGER),
        "/staff/halls/{code}/returns": ("/staff/halls/H1/returns", STAFF_AT_DESK),
        "/staff/halls/{code}/setup": ("/staff/halls/H1/setup", MANAGER),
        "/staff/halls/{code}/tickets": ("/staff/halls/H1/tickets", STAFF_AT_DESK),
        "/staff/halls/{code}/tickets/{token}": ("/staff/halls/H1/tickets/{waiting}", STAFF_AT_DESK),
        "/staff/halls/{code}/waiting": ("/staff/halls/H1/waiting", MANAGER),
        "/staff/halls/{code}/waiting/new": ("/staff/halls/H1/waiting/new?service=id-card", STAFF_AT_DESK),
        "/staff/halls/{code}/waiting/{token}": ("/staff/halls/H1/waiting/{wait}", STAFF_AT_DESK),
        "/staff/halls/{code}/windows": ("/staff/halls/H1/windows", STAFF_AT_DESK),
        "/staff/leaving": ("/staff/leaving", STAFF_AT_DESK),
        "/staff/messages": ("/staff/messages", CITY),
        "/staff/no-show-appeals": ("/staff/no-show-appeals", CITY),
        "/staff/no-shows": ("/staff/no-shows", CITY),
        "/staff/promises": ("/staff/promises", CITY),
        "/staff/rating-cases": ("/staff/rating-cases", CITY),
        "/staff/ratings": ("/staff/ratings", CITY),
        "/staff/returns/{ticket_id}": ("/staff/returns/{back}", STAFF_AT_DESK),
        "/staff/second-factors": ("/staff/second-factors", CITY),
        "/staff/sign-in": ("/staff/sign-in", ""),
        "/staff/sign-in/code": ("/staff/sign-in/code", "half: code"),
        "/staff/sign-in/second-factor": ("/staff/sign-in/second-factor", "half: set-up"),
        "/staff/webhooks": ("/staff/webhooks", CITY),
        "/staff/webhooks/{webhook_id}": ("/staff/webhooks/{webhook}", CITY),
        "/staff/windows/{window_id}": ("/staff/windows/{window}", STAFF_AT_DESK),
        "/staff/windows/{window_id}/licences": ("/staff/windows/{window}/licences", STAFF_AT_DESK),
        "/t/away": ("/t/away", ""),
        "/t/{token}": ("/t/{waiting}", ""),
        "/themes/{code}": ("/themes/moved", ""),
        "/visit": ("/visit?service=id-card", ""),
        "/w/{token}": ("/w/{wait}", ""),
        "/w/{token}/change": ("/w/{wait}/change", ""),
        "/w/{token}/leave": ("/w/{wait}/leave", ""),
        "/waitlist": ("/waitlist?hall=H1&service=id-card", ""),
        "/window/{code}/{label}": ("/window/H1/1", "lobby"),
    }
)
LEADS_ON, PART, FILE, NOT_FOR_PEOPLE = "leads on", "part of a page", "file", "for machines"
NO_PAGES: Mapping[str, str] = MappingProxyType(
    {
        "/a/{token}/appeal": LEADS_ON,
        "/a/{token}/leave": LEADS_ON,
        "/a/{token}/licences": LEADS_ON,
        "/book/{token}/code/again": LEADS_ON,
        "/halls/from": LEADS_ON,
        "/kiosk/{code}/check-in/card/chosen": LEADS_ON,
        "/mine/find": LEADS_ON,
        "/mine/sign-in": LEADS_ON,
        "/mine/sign-in/back": LEADS_ON,
        "/mine/to/{subject}": LEADS_ON,
        "/no-shows/appeal": LEADS_ON,
        "/staff": LEADS_ON,
        "/staff/link/{token}": LEADS_ON,
        "/staff/sign-in/sso": LEADS_ON,
        "/staff/sign-in/sso/back": LEADS_ON,
        "/t/{token}/rating": LEADS_ON,
        "/lobby/{code}/now": PART,
        "/t/{token}/now": PART,
        "/w/{token}/now": PART,
        "/kiosk/{code}/phone.svg": FILE,
        "/kiosk/{code}/worker.js": FILE,
        "/lobby/{code}/phone.svg": FILE,
        "/lobby/{code}/worker.js": FILE,
        "/lobby/{code}/speech/{language}/{number}/{window}.wav": FILE,
        "/services/{code}/online.svg": FILE,
        "/window/{code}/{label}/worker.js": FILE,
        "/static/{digest}/{name:path}": FILE,
        "/t/worker.js": FILE,
        "/t/{token}/qr.svg": FILE,
        "/w/{token}/qr.svg": FILE,
        "/staff/city.csv": FILE,
        "/staff/compare.csv": FILE,
        "/staff/course.csv": FILE,
        "/staff/halls/{code}/course.csv": FILE,
        "/staff/halls/{code}/places.csv": FILE,
        "/staff/halls/{code}/promises.csv": FILE,
        "/staff/halls/{code}/ratings.csv": FILE,
        "/staff/no-shows.csv": FILE,
        "/staff/promises.csv": FILE,
        "/staff/ratings.csv": FILE,
        "/staff/windows/worker.js": FILE,
        "/livez": NOT_FOR_PEOPLE,
        "/metrics": NOT_FOR_PEOPLE,
        "/readyz": NOT_FOR_PEOPLE,
        "/waitz": NOT_FOR_PEOPLE,
    }
)


@dataclass(frozen=True, slots=True)
class Furnished:
    """What fills the addresses, and who looks with which cookies."""

    names: Mapping[str, str]
    cookies: Mapping[str, Mapping[str, str]]

    def address(self, pattern: str) -> str:
        return PAGES[pattern][0].format(**self.names)

    def cookies_for(self, pattern: str) -> Mapping[str, str]:
        return self.cookies[PAGES[pattern][1]]


def furnishing(parts: Parts, **settings: Any) -> Parts:
    """Return the parts of an installation that has what the pages tell of."""
    more: dict[str, Any] = {
        "messages": {"kind": "stand_in", "origin": "https://jb.example.cn"},
        "licences": {"kind": "stand_in"},
        **settings,
    }
    return replace(parts, settings=test_settings(second_factor_for=["supervisor"], **more))


def furnished(parts: Parts, city: SmallCity, clock: ManualClock) -> Furnished:
    """Let people wait, be served, book, cancel and be told, and return where it can be seen."""
    add_errands(parts.database)
    ask_questions(parts.database)
    made = _Furnisher(parts, city, clock)
    names = {**made.in_the_hall(), **made.promised(), **made.visited(), **made.of_the_city()}
    return Furnished(names, made.cookies())


class _Furnisher:
    def __init__(self, parts: Parts, city: SmallCity, clock: ManualClock) -> None:
        self.parts, self.city, self.clock = parts, city, clock
        self.write, self.keys = parts.database.write_now, {"clock": clock, "vault": parts.vault}

    def ticket(self) -> str:
        wanted = [self.city.services["id-card"]]
        made = self.write(
            queueing.issue_ticket, self.city.hall, wanted, priority=False, by=CITIZEN, **self.keys
        )
        return made.token

    def in_the_hall(self) -> dict[str, str]:
        """One was served, one sent for papers, one is served at the window, one waits."""
        clerk, window = self.city.clerks[0], self.city.windows[0]
        served, _, _, waiting = (self.ticket() for _ in range(4))
        do: dict[str, Any] = {"by": clerk, "clock": self.clock}
        self.write(queueing.open_window, window, **do)
        self.write(queueing.finish, self.serve(window, do), **do)
        sent, until = self.serve(window, do), self.clock.now().date() + timedelta(days=3)
        self.write(returns.finish_coming_back, sent, "户口簿", until, **do, vault=self.parts.vault)
        self.serve(window, do)
        leave = {"may_look": True, "by": self.city.manager, "clock": self.clock}
        self.write(permitting.give_leave, "H1", clerk.id, **leave)
        return {"served": served, "waiting": waiting, "window": str(window), "back": str(sent)}

    def serve(self, window: Any, do: dict[str, Any]) -> Any:
        called = self.write(queueing.call_next, window, **do)
        self.write(queueing.start, called.id, **do)
        return called.id

    def visited(self) -> dict[str, str]:
        """Somebody is called, somebody visited at home: both are offered for identity cards."""
        at = {"by": self.city.manager, "clock": self.clock}
        for kind in (AppointmentKind.PHONE, AppointmentKind.HOME):
            self.write(set_kind, "H1", "id-card", WantedKind(kind, True, "", "新港街道", "Xingang"), **at)
        at_home = self.held(4, AppointmentKind.HOME)
        who = Person("王大爷", "13612345678", address="新港街道12号2栋301")
        booked = self.write(booking.confirm, at_home.token, who, **self.keys)
        return {"home_day": booked.starts_at.date().isoformat()}

    def held(self, number: int, kind: AppointmentKind = AppointmentKind.HALL) -> booking.HeldAppointment:
        now = self.clock.now()
        (day,) = self.parts.database.read_now(
            booking.free_slots, "H1", ["id-card"], first_day=now.date() + timedelta(days=1), days=1, now=now
        )
        return self.write(
            booking.hold, "H1", ["id-card"], day.slots[number].starts_at,
            client=Client(f"browser {number}", ADDRESS), kind=kind, **self.keys,
        )  # fmt: skip

    def promised(self) -> dict[str, str]:
        """One keeps a place, one has booked, one has cancelled, one waits for a place."""
        self.write(publishing.publish, RULE, after=0, by=self.city.supervisor, clock=self.clock)
        held, booked, cancelled = (self.held(number) for number in range(3))
        for number, own in enumerate((booked, cancelled)):
            self.write(booking.confirm, own.token, Person("王小明", f"1380013800{number}"), **self.keys)
        self.write(booking.cancel, cancelled.token, **self.keys)
        day = booked.appointment.starts_at.date()
        times = waitlist.service.Times(("H1",), day, day, 510, 540)
        return {
            "held": held.token,
            "booked": booked.token,
            "appointment": str(booked.appointment.id),
            "cancelled": cancelled.token,
            "day": day.isoformat(),
            "stop": planning.stop_code(booked.appointment.id, self.parts.vault),
            "wait": self.waits(times),
            "coded": self.asked_for_a_code(),
        }

    def asked_for_a_code(self) -> str:
        """Somebody filled in the form, and now types the code that was sent."""

        def ask_for_codes(session: Session, asks: int) -> None:
            session.get_one(HallRow, self.city.hall).policy = {"activation": asks}

        self.write(ask_for_codes, 1)
        token = self.held(3).token
        self.write(activation.ask_code, token, Person("张小红", "13800138009"), **self.keys)
        self.write(ask_for_codes, 0)
        return token

    def waits(self, times: Any) -> str:
        asked = waitlist.service.Asked(("id-card",), times, Person("李候补", "13987650100"))
        return self.write(waitlist.service.join, asked, **self.keys).token

    def of_the_city(self) -> dict[str, str]:
        wanted = hooks.NewWebhook("统一受理平台", HOOK, frozenset(WebhookKind), None)
        made = self.write(hooks.register, wanted, by=SYSTEM, **self.keys, allowed=())
        return {"webhook": str(made.webhook.own.id)}

    def cookies(self) -> dict[str, Mapping[str, str]]:
        database, vault, now = self.parts.database, self.parts.vault, wall(self.clock)
        give_passwords(database)
        with_telephone(database, self.city.clerks[1], vault, self.clock)
        browser = new_token()
        person = citizen_hash("https://id.example.cn", "person-1", vault)
        own = self.write(sessions.open_list, Way.SIGNED_IN, person, wall=now, vault=vault)
        tokens = self.city.tokens
        return {
            "": {},
            "citizen": {SIGNED_IN_COOKIE: own},
            "code": {CODE_COOKIE: new_token()},
            "phone": {
                PHONE_COOKIE: browser,
                SEEN_COOKIE: str(Seen.now(self.city.hall, browser, now=now, vault=vault)),
            },
            "half: code": {HALF_COOKIE: self.half("clerk2")},
            "half: set-up": {HALF_COOKIE: self.half("supervisor")},
            **{who: {DEVICE_COOKIE: tokens[who]} for who in ("kiosk", "lobby")},
            **{who: {STAFF_COOKIE: tokens[who]} for who in (STAFF_AT_DESK, "clerk2", MANAGER, CITY)},
        }

    def half(self, who: str) -> str:
        asked = asking(self.parts.vault, self.clock, Role.SUPERVISOR)
        came = enter(self.parts.database, who, PASSWORD, asked)
        assert came is not None
        return came.token

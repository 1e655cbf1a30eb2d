"""Check-in by ID card: the holder's own appointments of today, and nothing to anybody else."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from booking import service, store
from booking.errors import CardNotRecognised, CheckInTooEarly, SeveralAppointments
from booking.limits import WRONG_CARDS
from booking.service.cards import CHOICE_LASTS, hold_card
from booking.tables import AppointmentRow
from kernel.identity import Actor, Role
from tests.booking.booking_city import BookingCity, build_city, local
from tests.booking.desk import Desk
from tests.conftest import bearer
from tests.support.races import at_once, behind_the_writer

if TYPE_CHECKING:
    import httpx2
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

CARD, OTHER = "11010519491231002X", "440524188001010014"
ELEVEN = local(11)


@pytest.fixture
def booked(database: Database, clock: ManualClock, vault: Vault) -> CardDesk:
    return CardDesk(database, clock, vault, database.write_now(build_city))


class CardDesk(Desk):
    """The desk with a kiosk that reads cards."""

    def __init__(self, database: Database, clock: ManualClock, vault: Vault, city: BookingCity) -> None:
        super().__init__(database, clock, vault)
        self.city = city
        self.kiosk = Actor(Role.DEVICE, uuid4())
        clock.set(local(9))

    def book_with(self, card: str | None, at: object = None, *, number: int = 0, hall: str = "city") -> str:
        held = self.hold(at or local(10, 30), hall=hall, number=number)  # type: ignore[arg-type]
        self.confirm(held.token, number=number, id_number=card)
        return held.token

    def hold_card(self, card: str, hall: str = "city") -> Any:
        return self.database.read_now(
            hold_card, self.city.halls[hall], card, clock=self.clock, vault=self.vault
        )

    def card(self, card: str = CARD, *, hall: str = "city", appointment: object = None) -> Any:
        return self.database.write_now(
            service.check_in_by_card, self.city.halls[hall], card,
            appointment=appointment, by=self.kiosk, clock=self.clock, vault=self.vault,
        )  # fmt: skip


def test_a_card_checks_in_what_was_booked_with_its_number(booked: CardDesk) -> None:
    token = booked.book_with("11010519491231002x")
    booked.clock.set(local(10, 15))
    issued = booked.card()
    assert issued.ticket.label
    assert booked.look_up(token).status == "checked_in"


def test_the_number_lies_nowhere_and_its_hash_is_keyed(booked: CardDesk) -> None:
    booked.book_with(CARD)
    (row,) = booked.rows(AppointmentRow)
    assert len(row.id_hash) == 32
    assert not any(isinstance(value, bytes) and CARD.encode() in value for value in row)
    assert not any(isinstance(value, str) and CARD in value for value in row)


@pytest.mark.parametrize("card", [OTHER, "11010519491231002", "110105194912310021", "", "x" * 200])
def test_another_card_and_what_is_none_learn_the_same_nothing(booked: CardDesk, card: str) -> None:
    booked.book_with(CARD)
    booked.clock.set(local(10, 15))
    with pytest.raises(CardNotRecognised) as refused:
        booked.card(card)
    assert refused.value.facts == {}


def test_neither_another_hall_nor_another_day_is_told_of(booked: CardDesk) -> None:
    booked.book_with(CARD, local(10, 30, days=1))
    booked.book_with(CARD, local(11), hall="town", number=1)
    booked.clock.set(local(10, 15))
    with pytest.raises(CardNotRecognised):
        booked.card()


def test_without_the_number_no_card_finds_it(booked: CardDesk) -> None:
    booked.book_with(None)
    booked.clock.set(local(10, 15))
    with pytest.raises(CardNotRecognised):
        booked.card()


def test_too_early_is_told_to_whoever_holds_the_card(booked: CardDesk) -> None:
    booked.book_with(CARD, local(16))
    booked.clock.set(local(9))
    with pytest.raises(CheckInTooEarly):
        booked.card()


def test_of_several_of_a_day_one_is_chosen_and_then_the_other_is_left(booked: CardDesk) -> None:
    booked.book_with(CARD, local(10, 30))
    booked.book_with(CARD, ELEVEN, number=1)
    booked.clock.set(local(10, 25))
    with pytest.raises(SeveralAppointments) as several:
        booked.card()
    told = several.value.facts["appointments"]
    held = booked.hold_card(CARD)
    assert [own.starts_at for own in held.appointments] == [local(10, 30), ELEVEN]
    chosen = {"by": booked.kiosk, "clock": booked.clock, "vault": booked.vault}
    hall = booked.city.halls["city"]
    ids = [own.id for own in held.appointments]
    booked.database.write_now(service.check_in_chosen, hall, held.choice, ids[0], **chosen)
    again = booked.hold_card(CARD)
    assert [ticket is not None for ticket in again.tickets] == [True, False]
    assert [str(ids[0]), str(ids[1])] == list(told)  # type: ignore[call-overload]
    assert booked.card().ticket.label, "one is left, so the card says which"


def test_a_choice_ends_and_opens_nobody_elses_appointment(booked: CardDesk) -> None:
    booked.book_with(CARD, local(10, 30))
    booked.book_with(CARD, ELEVEN, number=1)
    booked.book_with(OTHER, ELEVEN, number=2)
    booked.book_with(CARD, ELEVEN, hall="town", number=3)
    booked.clock.set(local(10, 25))
    there = booked.hold_card(CARD, hall="town").appointments[0].id
    held, foreign = booked.hold_card(CARD), booked.hold_card(OTHER)
    chosen = {"by": booked.kiosk, "clock": booked.clock, "vault": booked.vault}
    hall, other_hall = booked.city.halls["city"], booked.city.halls["town"]
    wanted = foreign.appointments[0].id
    own = held.appointments[0].id
    for where, choice, which in (
        (hall, held.choice, wanted),
        (other_hall, held.choice, own),
        (other_hall, held.choice, there),  # the same card's, but that choice was opened at another kiosk
        (hall, "no-choice", own),
        (hall, held.choice[:-8], own),
    ):
        with pytest.raises(CardNotRecognised):
            booked.database.write_now(service.check_in_chosen, where, choice, which, **chosen)
    booked.clock.advance(CHOICE_LASTS + timedelta(seconds=1))
    with pytest.raises(CardNotRecognised):
        booked.database.write_now(service.check_in_chosen, hall, held.choice, own, **chosen)


def test_two_kiosks_that_read_one_card_at_once_give_one_ticket(booked: CardDesk) -> None:
    booked.book_with(CARD)
    booked.clock.set(local(10, 15))
    came = at_once(booked.card, booked.card)
    assert sum(isinstance(each, str) for each in came) == 1


def test_whoever_only_looks_first_checks_in_twice(booked: CardDesk) -> None:
    booked.book_with(CARD)
    booked.clock.set(local(10, 15))
    gate, hall = threading.Barrier(2), booked.city.halls["city"]

    def naive(session: Session) -> str:
        held = hold_card(session, hall, CARD, clock=booked.clock, vault=booked.vault)
        gate.wait(5)
        assert held.tickets == (None,)
        store.change(session, held.appointments[0].id, booked.clock.now(), status="checked_in")
        return "ticket"

    came = at_once(*[lambda: behind_the_writer(booked.database, naive)] * 2)
    assert came == ["ticket", "ticket"]


# --- over HTTP and at the kiosk ----------------------------------------------------------------------


async def book_for(client: httpx2.AsyncClient, at: int, phone: str) -> str:
    slots = (await client.get("/api/v1/halls/H1/slots?service=id-card&from=2026-11-18")).json()
    start = slots["days"][0]["slots"][at]["starts_at"]
    wish = {"hall": "H1", "services": ["id-card"], "starts_at": start}
    key = {"Idempotency-Key": uuid4().hex}
    held = (await client.post("/api/v1/appointments/holds", json=wish, headers=key)).json()
    who = {"token": held["token"], "name": "王小明", "phone": phone, "id_number": CARD}
    key = {"Idempotency-Key": uuid4().hex}
    answer = await client.post("/api/v1/appointments/confirm", json=who, headers=key)
    assert answer.status_code == 200, answer.text
    return str(held["token"])


@pytest.fixture
async def kiosk(sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity) -> httpx2.AsyncClient:
    sqlite_client.cookies.set("jinban_device", sqlite_city.tokens["kiosk"])
    sqlite_client.headers.update({"Accept": "text/html", "Accept-Language": "en"})
    return sqlite_client


async def read_card(kiosk: httpx2.AsyncClient, number: str, key: str = "") -> httpx2.Response:
    form = {"key": key or uuid4().hex, "number": number}
    return await kiosk.post("/kiosk/H1/check-in/card", data=form)


@pytest.mark.slow
async def test_the_kiosk_leads_to_the_ticket_and_shows_it_again(
    kiosk: httpx2.AsyncClient, clock: ManualClock
) -> None:
    await book_for(kiosk, 0, "13800138000")
    clock.advance(timedelta(minutes=5))
    first = await read_card(kiosk, CARD, "k" * 20)
    assert first.headers["location"].startswith("/kiosk/H1/tickets/"), first.text
    again = await read_card(kiosk, CARD)
    assert again.headers["location"] == first.headers["location"]
    assert (await kiosk.get(first.headers["location"])).status_code == 200


async def test_the_kiosk_asks_which_of_several(kiosk: httpx2.AsyncClient) -> None:
    await book_for(kiosk, 0, "13800138000")
    await book_for(kiosk, 1, "13800138001")
    page = await read_card(kiosk, CARD)
    assert page.status_code == 200
    assert page.text.count("/check-in/card/chosen") == 2
    assert "王" not in page.text
    assert CARD not in page.text


async def test_after_ten_wrong_cards_the_kiosk_takes_none_for_a_while(
    kiosk: httpx2.AsyncClient, sqlite_parts: Parts
) -> None:
    await book_for(kiosk, 0, "13800138000")
    said = [(await read_card(kiosk, OTHER)).status_code for _ in range(WRONG_CARDS + 1)]
    assert said == [403] * WRONG_CARDS + [429]
    right = await read_card(kiosk, CARD)
    assert right.status_code == 429, "a right one is let through no more than a guess"
    assert sqlite_parts


async def test_a_program_at_the_kiosk_sends_the_card_too(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    await book_for(sqlite_client, 0, "13800138000")
    kiosk = bearer(sqlite_city.tokens["kiosk"])
    wrong = await sqlite_client.post(
        "/api/v1/appointments/check-in", json={"id_number": OTHER}, headers=kiosk
    )
    assert wrong.json()["code"] == "card-not-recognised"
    answer = await sqlite_client.post(
        "/api/v1/appointments/check-in",
        json={"id_number": CARD},
        headers=bearer(sqlite_city.tokens["kiosk"]),
    )
    assert answer.status_code == 200, answer.text
    nobody = await sqlite_client.post(
        "/api/v1/appointments/check-in",
        json={"id_number": CARD},
        headers={"Idempotency-Key": uuid4().hex},
    )
    assert nobody.json()["code"] == "not-signed-in"

"""A running city's catalogue follows its files: shown, refused where it would break something, made, seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

import booking.service as appointments
from booking.catalogue import service, store
from booking.catalogue.errors import CatalogueChangedMeanwhile, CatalogueWouldBreak
from booking.city import city_of
from booking.rules.catalogue import Difference, Part, Standing, What, difference
from booking.service import slots
from kernel import catalogue
from kernel.audit import trail
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.identity import CITIZEN
from kernel.secrets import Vault
from queueing.service import issue_ticket
from sim.standing import read_files, write_catalogue
from tests.booking.booking_city import BookingCity, build_city, local
from tests.booking.desk import Desk

NOW = local(9, 30)


@pytest.fixture
def here(database: Database) -> BookingCity:
    return database.write_now(build_city)


@pytest.fixture
def desk(database: Database, vault: Vault) -> Desk:
    database.carry(vault=vault)
    return Desk(database, ManualClock(NOW), vault)


def without(standing: Standing, *services: str, halls: tuple[str, ...] = ()) -> Standing:
    """A catalogue without these services and halls, and without what names them."""
    return replace(
        standing,
        services={code: own for code, own in standing.services.items() if code not in services},
        halls={code: own for code, own in standing.halls.items() if code not in halls},
        offers={
            key: letter
            for key, letter in standing.offers.items()
            if key[0] not in halls and key[1] not in services
        },
        themes={
            code: own for code, own in standing.themes.items() if not set(own["services"]) & set(services)
        },
    )


def make(desk: Desk, wanted: Standing) -> Difference:
    shown, _ = desk.database.read_now(service.compare, wanted, now=NOW)
    return desk.database.write_now(service.change, wanted, shown, clock=desk.clock)


def test_a_catalogue_is_no_different_from_itself(desk: Desk, here: BookingCity) -> None:
    standing = desk.database.read_now(store.standing)
    assert not difference(standing, standing)
    assert set(standing.services) == set(here.services)


@pytest.mark.slow
def test_a_retired_service_is_found_and_booked_no_more_and_past_visits_name_it(
    desk: Desk, here: BookingCity
) -> None:
    clock, database = desk.clock, desk.database
    booked = desk.book(services=["company-start"])
    desk.do(appointments.cancel, booked.token)
    assert "company-start" in database.read_now(city_of).services
    make(desk, without(database.read_now(store.standing), "company-start"))
    city = database.read_now(city_of)
    assert "company-start" not in city.services
    assert "company-start" not in city.index.search("开公司")
    with pytest.raises(ServiceNotFound):
        desk.book(services=["company-start"])
    with pytest.raises(NotOfferedHere):
        database.write_now(
            issue_ticket, here.halls["city"], [here.services["company-start"]],
            priority=False, by=CITIZEN, clock=clock, vault=desk.vault,
        )  # fmt: skip
    assert desk.look_up(booked.token).services[0].name_zh == "企业设立登记"
    assert city.named(["company-start", "social-card"])[0].retired
    (line,) = [own for own in database.read_now(_city_trail) if own.what.startswith("catalogue.service")]
    assert (line.what, line.subject) == ("catalogue.service_retired", "company-start")


def _city_trail(session: Session) -> list[Any]:
    return trail(session, since=NOW - timedelta(days=1), until=NOW + timedelta(days=1))


def test_what_people_still_wait_for_is_not_taken_away(desk: Desk, here: BookingCity) -> None:
    database = desk.database
    standing = database.read_now(store.standing)
    desk.book(services=["company-start"])
    desk.hold(services=["company-start"], starts_at=local(14, 30), number=3)
    database.write_now(
        issue_ticket, here.halls["town"], [here.services["elder-benefit"]],
        priority=False, by=CITIZEN, clock=desk.clock, vault=desk.vault,
    )  # fmt: skip
    wanted = without(standing, "company-start", halls=("town",))
    with pytest.raises(CatalogueWouldBreak) as refused:
        make(desk, wanted)
    named: Any = refused.value.facts["obstacles"]
    assert [line.split(".")[0] for line in named] == [
        "city, company-start: 2 coming appointments",
        "town, elder-benefit: 1 tickets are not served yet",
    ]
    assert database.read_now(store.standing) == standing


def test_a_hold_that_ran_out_keeps_nothing(desk: Desk, here: BookingCity) -> None:
    assert here.halls
    desk.hold(services=["company-start"])
    desk.clock.advance(timedelta(hours=1))
    wanted = without(desk.database.read_now(store.standing), "company-start")
    shown, obstacles = desk.database.read_now(service.compare, wanted, now=desk.clock.now())
    assert obstacles == ()
    assert desk.database.write_now(service.change, wanted, shown, clock=desk.clock) == shown


def test_what_was_not_shown_is_not_done(desk: Desk, here: BookingCity) -> None:
    assert here.halls
    standing = desk.database.read_now(store.standing)
    wanted = without(standing, "company-start")
    shown, _ = desk.database.read_now(service.compare, wanted, now=NOW)
    make(desk, without(standing, "minimum-living"))
    with pytest.raises(CatalogueChangedMeanwhile):
        desk.database.write_now(service.change, wanted, shown, clock=desk.clock)
    assert "company-start" in desk.database.read_now(store.standing).services


def test_a_retired_hall_and_service_come_back(desk: Desk, here: BookingCity) -> None:
    standing = desk.database.read_now(store.standing)
    make(desk, without(standing, "social-card", halls=("bank",)))
    less = desk.database.read_now(store.standing)
    assert less.retired == {(Part.SERVICE, "social-card"), (Part.HALL, "bank")}
    assert here.halls["bank"] not in {own.id for own in desk.database.read_now(city_of).halls}
    back = make(desk, standing)
    assert {line.what for line in back.of(Part.SERVICE, *What)} == {What.RETURNED}
    assert desk.database.read_now(store.standing) == standing


def test_a_service_changes_and_one_is_added(desk: Desk, here: BookingCity) -> None:
    assert here.services
    standing = desk.database.read_now(store.standing)
    card = {**standing.services["social-card"], "name_zh": "社保卡办理", "minutes": 11.0}
    new = {**card, "name_zh": "社保卡挂失", "name_en": "Lost card", "papers": (("身份证", "ID", "bring"),)}
    wanted = replace(
        standing,
        services={**standing.services, "social-card": card, "card-lost": new},
        offers={**standing.offers, ("city", "card-lost"): "B", ("bank", "card-lost"): None},
        departments={"police": {"name_zh": "公安局", "name_en": "Police"}},
    )
    made = make(desk, wanted)
    (changed,) = made.of(Part.SERVICE, What.CHANGED)
    assert [name for name, _, _ in changed.fields] == ["name_zh", "minutes"]
    assert desk.database.read_now(store.standing) == wanted
    assert desk.book(services=["card-lost"]).appointment.services[0].name_zh == "社保卡挂失"


def test_a_new_offer_needs_a_queue_and_a_new_hall_its_description(desk: Desk, here: BookingCity) -> None:
    assert here.halls
    standing = desk.database.read_now(store.standing)
    wanted = replace(
        standing,
        halls={
            **standing.halls,
            "new": {**standing.halls["town"], "name_zh": "新镇便民服务中心"},
            "bank": {**standing.halls["bank"], "kind": "hall"},
        },
        offers={**standing.offers, ("town", "social-card"): "B"},
    )
    with pytest.raises(CatalogueWouldBreak) as refused:
        make(desk, wanted)
    named: Any = refused.value.facts["obstacles"]
    assert [line.split(":")[0] for line in named] == ["new", "bank", "town, social-card"]


def test_what_a_hall_decides_by_itself_is_no_difference(desk: Desk, here: BookingCity) -> None:
    """The letter of an offer's queue is where a new offer begins; a manager may have moved it since."""
    assert here.halls
    standing = desk.database.read_now(store.standing)
    moved = {key: letter and "A" for key, letter in standing.offers.items()}
    assert not difference(standing, replace(standing, offers=moved))


def test_files_that_say_nothing_of_a_telephone_leave_it(desk: Desk, here: BookingCity) -> None:
    assert here.halls
    standing = desk.database.read_now(store.standing)
    told = {**standing.halls, "town": {**standing.halls["town"], "phone": "0660-3390000"}}
    make(desk, replace(standing, halls=told))
    assert not difference(desk.database.read_now(store.standing), standing)


def test_a_terminal_behind_doors_keeps_their_hours_and_opens_for_good_without(
    desk: Desk, here: BookingCity
) -> None:
    def is_open(hour: int) -> bool:
        calendar = desk.database.read_now(catalogue.calendar, here.halls["bank"])
        return calendar.is_open(local(hour))

    standing = desk.database.read_now(store.standing)
    assert standing.halls["bank"]["hours"] == ()
    assert is_open(3)
    doors = {**standing.halls["bank"], "hours": ((2, "08:30", "17:00"),)}
    make(desk, replace(standing, halls={**standing.halls, "bank": doors}))
    assert (is_open(3), is_open(10), is_open(18)) == (False, True, False)
    assert desk.database.read_now(store.standing).halls["bank"]["hours"] == doors["hours"]
    make(desk, standing)
    assert is_open(3)


def test_the_running_program_sees_it_at_the_next_request(desk: Desk, here: BookingCity) -> None:
    assert here.halls
    database = desk.database
    assert "minimum-living" in database.read_now(city_of).services
    make(desk, without(database.read_now(store.standing), "minimum-living"))
    assert "minimum-living" not in database.read_now(city_of).services
    with pytest.raises(Refusal):
        database.read_now(slots.free_slots, "city", ["minimum-living"], first_day=None, days=1, now=NOW)
    assert [own.code for own in database.read_now(catalogue.services) if own.retired] == ["minimum-living"]


def test_an_export_stands_where_there_is_no_folder(tmp_path: Path, desk: Desk, here: BookingCity) -> None:
    assert here.halls
    standing = desk.database.read_now(store.standing)
    write_catalogue(tmp_path / "out", standing)
    read = read_files(tmp_path / "out")
    assert not difference(standing, read.standing)
    assert not difference(read.standing, standing)
    with pytest.raises(FileExistsError):
        write_catalogue(tmp_path / "out", standing)

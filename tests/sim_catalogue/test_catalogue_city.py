"""What the demo city promises to those who build on it."""

from __future__ import annotations

import math
from collections import Counter
from datetime import time
from pathlib import Path

import pytest

import sim.catalogue
from sim.catalogue import City, FourFree, HallPlan, Level, Need, PlanRole, WindowKind, load_city, service_mix


@pytest.fixture(scope="module")
def city() -> City:
    return load_city()


def test_the_54_halls_stand_on_three_levels_below_one_city_hall(city: City) -> None:
    assert Counter(hall.level for hall in city.halls.values()) == {
        Level.CITY: 1,
        Level.COUNTY: 4,
        Level.TOWN: 49,
    }
    for hall in city.halls.values():
        parent = city.halls[hall.parent_code].level if hall.parent_code else None
        assert parent == {Level.CITY: None, Level.COUNTY: Level.CITY, Level.TOWN: Level.COUNTY}[hall.level]


def test_every_position_lies_in_shanwei_and_names_its_datum(city: City) -> None:
    spots = [(hall.lat, hall.lon, hall.datum) for hall in city.halls.values()]
    spots += [(terminal.lat, terminal.lon, terminal.datum) for terminal in city.terminals]
    for lat, lon, datum in spots:
        assert (22.5 < lat < 23.6, 114.8 < lon < 116.3, datum) == (True, True, "WGS-84")


def test_a_hall_knows_its_own_place_and_the_county_around_it(city: City) -> None:
    town, county, seat = city.halls["441521101"], city.halls["441521"], city.halls["441500"]
    assert (town.place.zh, town.place.en) == ("梅陇镇", "Meilong Town")
    assert (town.area.zh, town.area.en) == ("海丰县", "Haifeng County") == (county.place.zh, county.place.en)
    assert (seat.place.zh, seat.area.zh) == ("汕尾市", "汕尾市")


def test_the_catalogue_is_as_wide_as_a_real_hall_s(city: City) -> None:
    assert len(city.services) >= 48
    assert len(city.themes) >= 6
    assert len(city.terminals) >= 12
    by_queue = Counter(service.queue for service in city.services.values())
    assert min(by_queue[queue] for queue in city.queues) >= 6


def test_every_hall_has_work_for_each_queue_and_a_queue_for_each_service(city: City) -> None:
    for hall in city.halls.values():
        for offer in hall.offers:
            assert hall.level in city.services[offer.service].levels
        for queue in hall.queues:
            assert math.isclose(sum(share for _, share in service_mix(city, hall, queue)), 1)


def test_a_town_without_a_business_queue_registers_shops_at_intake(city: City) -> None:
    offers = {offer.service: offer.queue for offer in city.halls["441521104"].offers}
    assert offers["individual-business"] == "intake"
    assert offers["id-card-replace"] == "intake"
    assert "passport" not in offers


def test_texts_are_chinese_here_and_english_there(city: City) -> None:
    pairs = [service.name for service in city.services.values()]
    pairs += [queue.name for queue in city.queues.values()]
    pairs += [paper.name for paper in city.papers.values()]
    pairs += [item.note for item in city.services.values()]
    pairs += [answer.text for question in city.questions.values() for answer in question.answers]
    pairs += [hall.place for hall in city.halls.values()]
    for pair in pairs:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in pair.zh), pair
        assert not any("\u3000" <= letter <= "\u9fff" for letter in pair.en), pair


def test_no_two_services_have_one_name(city: City) -> None:
    for names in zip(*((s.name.zh, s.name.en) for s in city.services.values()), strict=True):
        assert max(Counter(names).values()) == 1


def test_what_need_not_be_brought_is_on_file(city: City) -> None:
    needs = [need for service in city.services.values() for need in service.papers]
    assert all(need.paper.electronic for need in needs if need.need is not Need.BRING)
    assert {need.need for need in needs} == set(Need)


def test_every_paper_and_department_is_used(city: City) -> None:
    asked = {need.paper.code for service in city.services.values() for need in service.papers}
    assert asked == set(city.papers)
    assert {service.department for service in city.services.values()} == set(city.departments)


def test_all_four_exemptions_occur(city: City) -> None:
    assert {mark for service in city.services.values() for mark in service.four_free} == set(FourFree)


def test_each_window_keeps_within_its_equipment_and_its_limit(city: City) -> None:
    for hall in city.halls.values():
        windows = {window.label: window for window in hall.windows}
        at_once: Counter[tuple[str, tuple[int, ...], time]] = Counter()
        for entry in hall.plan:
            assert entry.queue in windows[entry.window].equipment
            at_once[entry.window, entry.weekdays, entry.starts] += 1
        for (label, *_), queues in at_once.items():
            assert queues <= windows[label].max_queues


def test_an_integrated_window_could_take_everything(city: City) -> None:
    for hall in city.halls.values():
        for window in hall.windows:
            if window.kind is not WindowKind.DEDICATED:
                assert window.equipment == hall.queues


def minutes_open(hall: HallPlan) -> list[tuple[int, time]]:
    """Every (weekday, quarter hour) at which the hall is open."""
    clock = [time(minute // 60, minute % 60) for minute in range(0, 24 * 60, 15)]
    return [(o.weekday, at) for o in hall.openings for at in clock if o.starts <= at < o.ends]


def test_every_queue_has_a_primary_window_and_windows_have_clerks_while_the_hall_is_open(
    city: City,
) -> None:
    for hall in {hall.template: hall for hall in city.halls.values()}.values():
        for weekday, at in minutes_open(hall):
            now = [e for e in hall.plan if weekday in e.weekdays and e.starts <= at < e.ends]
            assert {e.queue for e in now if e.role is PlanRole.PRIMARY} == set(hall.queues)
            assert len({e.window for e in now}) <= hall.clerks


def test_the_city_hall_stays_open_through_noon_and_towns_close(city: City) -> None:
    noon = time(12, 30)
    assert (0, noon) in minutes_open(city.halls["441500"])
    assert (0, noon) not in minutes_open(city.halls["441521101"])
    assert {opening.weekday for opening in city.halls["441500"].openings} == {0, 1, 2, 3, 4, 5}


def test_arrivals_fall_within_opening_hours_and_make_two_humps(city: City) -> None:
    for hall in city.halls.values():
        open_at = set(minutes_open(hall))
        for weekday, shape in hall.demand.shapes.items():
            assert math.isclose(sum(shape.weights), 1)
            assert {(weekday, at) for at in shape.starts} <= open_at
        monday = hall.demand.shapes[0]
        weight = dict(zip(monday.starts, monday.weights, strict=True))
        assert weight[time(10)] > weight[time(8, 30)]
        assert weight[time(15)] > max(weight[time(11, 30)], weight[time(17)])


def test_halls_of_one_template_differ_and_the_same_hall_never_does(city: City) -> None:
    again = load_city()
    assert again == city
    towns = [hall for hall in city.halls.values() if hall.template == "town"]
    assert len({hall.demand.tickets_per_day for hall in towns}) > len(towns) / 2
    assert len({hall.demand.queue_shares["social"] for hall in towns}) == len(towns)
    assert len({hall.seed for hall in city.halls.values()}) == len(city.halls)


def test_terminals_stand_near_their_hall_and_do_only_what_exists(city: City) -> None:
    for terminal in city.terminals:
        hall = city.halls[terminal.near]
        assert 0 < math.hypot(terminal.lat - hall.lat, terminal.lon - hall.lon) < 0.01
        assert terminal.services
        assert set(terminal.services) <= set(city.services)


def test_the_questions_lead_to_every_service_in_at_most_three_steps(city: City) -> None:
    found: set[str] = set()
    level = {next(iter(city.questions))}
    for _ in range(3):
        answers = [answer for code in level for answer in city.questions[code].answers]
        found |= {service for answer in answers for service in answer.services}
        level = {answer.goto for answer in answers if answer.goto}
    assert not level
    assert found == set(city.services)


def test_the_reader_knows_no_database() -> None:
    sources = Path(sim.catalogue.__file__).parent.glob("*.py")
    text = "".join(source.read_text(encoding="utf-8") for source in sources)
    assert "sqlalchemy" not in text
    assert "sqlmodel" not in text
    assert "kernel" not in text

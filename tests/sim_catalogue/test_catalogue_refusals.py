"""Every rule of the data files can be broken, and breaking it is refused with file and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.catalogue import CatalogueError, load_city
from sim.catalogue.fields import Fields
from sim.catalogue.questions import read_questions
from sim.catalogue.reading import DATA


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the city's files that a test may spoil."""
    shutil.copy(DATA / "shanwei_halls.csv", tmp_path)
    shutil.copytree(DATA / "catalogue", tmp_path / "catalogue")
    return tmp_path


def spoil(data: Path, file: str, old: str, new: str) -> None:
    path = data / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{file} no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


HALLS, SOCIAL, INTAKE = (
    "catalogue/halls.toml",
    "catalogue/services/social.toml",
    "catalogue/services/intake.toml",
)


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (SOCIAL, "minutes = 10", "minuts = 10", "social-card-new: 'minutes' is missing"),
        (SOCIAL, "weight = 9", "weight = 9\nprice = 3", "unknown field price"),
        (SOCIAL, "minutes = 10", 'minutes = "10"', "'minutes' must be a number"),
        (SOCIAL, "minutes = 10", "minutes = 0.5", "'minutes' is 0.5, outside 1 to 120"),
        (SOCIAL, "minutes = 10", "minutes = nan", "'minutes' is nan, outside 1 to 120"),
        (SOCIAL, "minutes = 10", "minutes = true", "'minutes' must be a number"),
        (SOCIAL, "done_at_once = true", "done_at_once = 1", "must be true or false"),
        (
            SOCIAL,
            'code = "social-card-replace"',
            'code = "social-card-new"',
            "'social-card-new' stands twice",
        ),
        (SOCIAL, 'queue = "social"', 'queue = "socail"', "no queue is called socail"),
        (SOCIAL, '"human-resources"', '"human-resource"', "no department is called human-resource"),
        (SOCIAL, 'bring = ["photo"]', 'bring = ["foto"]', "no paper is called foto"),
        (SOCIAL, 'licence = ["id-card"]', 'licence = ["medical-bills"]', "not an electronic paper"),
        (SOCIAL, 'bring = ["photo"]', 'bring = ["photo", "id-card"]', "stands under two needs"),
        (
            SOCIAL,
            'levels = ["city", "county"',
            'levels = ["hamlet", "county"',
            "known are city, county, town, village",
        ),
        (
            SOCIAL,
            '"newborn-medical", "resident-medical"]',
            '"nothing"]',
            "social-card-new: related to nothing",
        ),
        (
            SOCIAL,
            '"newborn-medical", "resident-medical"]',
            '"social-card-new"]',
            "related to social-card-new",
        ),
        (SOCIAL, '"社保卡", "办社保卡"', '"社保卡", "社保卡"', "'aliases' names something twice"),
        (SOCIAL, 'zh = "社会保障卡申领"', 'zh = ""', "must be a text"),
        ("catalogue/services/exit_entry.toml", '["forms"]', '["papers"]', "marked free of papers"),
        ("catalogue/services/tax.toml", '["city", "county"]', '["town"]', "no town hall has a queue for it"),
        ("catalogue/queues.toml", 'prefix = "B"', 'prefix = "A"', "share a prefix letter"),
        ("catalogue/queues.toml", 'prefix = "B"', 'prefix = "b"', "not one letter from A to Z"),
        ("catalogue/queues.toml", 'prefix = "B"', 'prefix = "X"', "while a hall's link is down"),
        ("catalogue/papers.toml", "electronic = true", "electronic = true\n[[", "Invalid"),
        (
            "catalogue/themes.toml",
            '"birth-household", ',
            '"birth-house", ',
            "no service is called birth-house",
        ),
        (
            "catalogue/themes.toml",
            '["individual-business", "food-small"]',
            '["food-small"]',
            "two services or more",
        ),
        (
            "catalogue/themes.toml",
            '["individual-business", "food-small"]',
            '["minimum-living", "passport"]',
            "eatery: no hall does all of it",
        ),
        ("catalogue/questions.toml", 'goto = "life"', 'goto = "live"', "no question is called live"),
        ("catalogue/questions.toml", 'goto = "id-card"', 'goto = "start"', "'start' leads back to itself"),
        (
            "catalogue/questions.toml",
            'goto = "id-card"',
            'services = ["id-card-first"]',
            "nothing leads to id-card",
        ),
        ("catalogue/questions.toml", '"paper-return", ', "", "no answer leads to"),
        ("catalogue/questions.toml", 'services = ["residence-permit"]', "services = []", "leads either to"),
        (
            "catalogue/questions.toml",
            'services = ["marriage-registration", "hukou-change"]',
            'services = ["wedding"]',
            "life answers 2: no service is called wedding",
        ),
        ("catalogue/questions.toml", 'root = "start"', 'root = "begin"', "no question is called begin"),
        ("catalogue/terminals.toml", 'near = "441500"', 'near = "441501"', "no hall is called 441501"),
        ("catalogue/terminals.toml", "north_m = 40", "north_m = 4000", "outside -1500 to 1500"),
        (
            "catalogue/terminals.toml",
            "north_m = 40",
            "north_m = 40\nhours = [{ weekdays = [0], opens = 17:00:00, closes = 09:00:00 }]",
            "close after they open",
        ),
        ("catalogue/terminals.toml", "north_m = 40", 'north_m = 40\nphone = "no"', "no telephone number"),
        ("catalogue/terminals.toml", 'set = "bank"', 'set = "shop"', "no set of services is called shop"),
        ("catalogue/terminals.toml", '"tax-proof"', '"tax-prof"', "no service is called tax-prof"),
        (HALLS, 'datum = "WGS-84"', 'datum = "GCJ-02"', "the place list is WGS-84"),
        (HALLS, 'county = ["441502", "441523"]', 'county = ["441502"]', "no template for 441523"),
        (HALLS, 'county = ["441502", "441523"]', 'county = ["441502", "441502003"]', "is not a county"),
        (HALLS, 'city = ["441500"]', 'city = ["441599"]', "no place is called 441599"),
        (HALLS, '"441521104", "441521106"', '"441521104", "441521103"', "'441521103' stands twice"),
        (HALLS, 'labels = ["23", "24"]', 'labels = ["23", "1"]', "two windows share a label"),
        (HALLS, 'windows = ["6"]', 'windows = ["66"]', "no window is called 66"),
        (HALLS, 'primary = ["tax"]', 'primary = ["household"]', "no queue at window 18 is called household"),
        (HALLS, 'primary = ["fund"]', 'primary = ["intake"]', "both primary and helping"),
        (HALLS, 'blocks = ["noon"]', 'blocks = ["night"]', "no block is called night"),
        (HALLS, "clerks = 18", "clerks = 12", "opens more windows than there are clerks"),
        (HALLS, "max_queues = 3", "max_queues = 1", "would serve more than 1 queues"),
        (HALLS, "ends = 12:00:00", "ends = 12:15:00", "blocks overlap on weekday 0"),
        (HALLS, "ends = 12:00:00", "ends = 08:00:00", "must end after it starts"),
        (HALLS, "0.26, 0.0]", "0.0, 0.0]", "if and only if the hall is open"),
        (HALLS, "intake = 0.16", "intake = 0.26", "do not sum to 1"),
        (HALLS, "[425, 425]", "[425, 125]", "a rising range"),
        (
            HALLS,
            'taken_over = { fund = "intake" }',
            'taken_over = { fund = "help" }',
            "no queue of this hall",
        ),
        (HALLS, 'taken_over = { fund = "intake" }', 'taken_over = { tax = "intake" }', "a queue that it has"),
        ("shanwei_halls.csv", "441502003,441502,", "441502003,441599,", "no place is called 441599"),
        ("shanwei_halls.csv", "441502004,", "441502003,", "a code stands twice"),
        ("shanwei_halls.csv", "22.7279,", "92.7279,", "is no position"),
        ("shanwei_halls.csv", "22.7279,", "north,", "could not convert"),
        ("shanwei_halls.csv", "lat,lon,geonames_id", "lon,lat,geonames_id", "columns must be"),
    ],
)
@pytest.mark.slow
def test_a_broken_rule_is_refused_with_its_reason(
    data: Path, file: str, old: str, new: str, reason: str
) -> None:
    spoil(data, file, old, new)
    with pytest.raises(CatalogueError, match=r"^\S+: ") as refusal:
        load_city(data)
    assert reason in refusal.value.reason
    assert refusal.value.file in {Path(file).name, "services", "questions.toml", "themes.toml"}


def test_an_empty_plan_row_leaves_a_queue_without_its_primary_window(data: Path) -> None:
    spoil(data, HALLS, 'primary = ["fund"]\nhelping = ["intake"]', 'primary = ["intake"]\nhelping = ["fund"]')
    with pytest.raises(CatalogueError, match="no primary window for fund"):
        load_city(data)


def test_a_missing_file_is_refused_by_name(data: Path) -> None:
    (data / "catalogue" / "themes.toml").unlink()
    with pytest.raises(CatalogueError, match=r"themes\.toml"):
        load_city(data)


def test_the_copy_loads_before_it_is_spoilt(data: Path) -> None:
    assert len(load_city(data).halls) == 54


def test_a_city_may_ask_no_questions(data: Path) -> None:
    (data / "catalogue" / "questions.toml").unlink()
    assert load_city(data).questions == {}


def _questions(tmp_path: Path, *answers: str) -> Path:
    """A file whose questions q0, q1, … have these answers."""
    path = tmp_path / "questions.toml"
    rows = (
        f'[[question]]\ncode = "q{n}"\nask = {{ zh = "问", en = "ask" }}\nanswers = [{own}]\n'
        for n, own in enumerate(answers)
    )
    path.write_text('root = "q0"\n' + "".join(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([""], "q0: a question needs two answers or more"),
        (["END, " * 13], "q0: 13 answers; at most 12"),
        (
            [f"END, {{ zh = '去', en = 'go', goto = 'q{n + 1}' }}" for n in range(7)] + ["END, END"],
            "at most 6",
        ),
        (
            ["{ zh = '去', en = 'go', goto = 'q1' }, END", "{ zh = '去', en = 'go', goto = 'q0' }, END"],
            "'q0' leads back to itself: q0 → q1 → q0",
        ),
    ],
)
def test_questions_in_which_people_get_lost_are_refused(
    tmp_path: Path, answers: list[str], reason: str
) -> None:
    end = "{ zh = '办', en = 'do', services = ['passport'] }"
    path = _questions(tmp_path, *(own.replace("END", end) for own in answers))
    with pytest.raises(CatalogueError) as refusal:
        read_questions(path, ["passport"])
    assert reason in refusal.value.reason


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(0, 9), max_size=4), st.text("abc", min_size=1))
def test_a_table_is_done_only_when_every_field_was_taken(table: dict[str, int], extra: str) -> None:
    fields = Fields("x.toml", "row", table)
    for name, value in table.items():
        if name != extra:
            assert fields.whole(name, 0, 9) == value
    if extra in table:
        with pytest.raises(CatalogueError, match="unknown field"):
            fields.done()
    else:
        fields.done()


def test_a_service_may_name_no_department_and_none_is_made_up(data: Path) -> None:
    spoil(data, SOCIAL, 'department = "human-resources"\n', "")
    assert load_city(data).services["social-card-new"].department == ""


VILLAGE = "441502100001,441502100,village,城区,新村便民服务点,Xincun Service Point,22.83,115.38,"


def add_village(data: Path, line: str) -> None:
    """Write a village into the places, give it a template, and let one service be done there."""
    spoil(data, "shanwei_halls.csv", "\n441502100,", f"\n{line}\n441502100,")
    text = (data / HALLS).read_text(encoding="utf-8")
    small = text[
        text.index("[template.town-small]") : text.index("# ----", text.index("[template.town-small]"))
    ]
    village = (
        small.replace("town-small", "village")
        .replace('level = "town"', 'level = "village"')
        .replace('queues = ["intake", "social"]', 'queues = ["intake"]')
        .replace('taken_over = { business = "intake", household = "intake" }\n', "")
        .replace('helping = ["social"]\n', "")
        .replace('primary = ["social"]\nhelping = ["intake"]', 'primary = ["intake"]')
        .replace("queue_shares = { intake = 0.55, social = 0.45 }", "queue_shares = { intake = 1.0 }")
        .replace("max_queues = 2", "max_queues = 1")
    )
    spoil(data, HALLS, "[halls]\n", f'{village}\n[halls]\nvillage = ["441502100001"]\n')
    queue = 'zh = "综合受理"\nen = "General intake"\nlevels = ["city", "county", "town"'
    spoil(data, "catalogue/queues.toml", queue, f'{queue}, "village"')
    spoil(data, INTAKE, 'levels = ["county", "town"]', 'levels = ["county", "town", "village"]')


def test_a_village_has_its_own_level_and_its_towns_county(data: Path) -> None:
    add_village(data, VILLAGE)
    city = load_city(data)
    village = city.halls["441502100001"]
    assert (village.level, village.parent_code, village.place.zh) == ("village", "441502100", "新村")
    assert village.area.zh == city.halls["441502100"].area.zh
    assert [offer.service for offer in village.offers] == ["elder-benefit"]


def test_a_village_lies_in_a_town(data: Path) -> None:
    add_village(data, VILLAGE.replace(",441502100,", ",441502,"))
    with pytest.raises(CatalogueError, match="a village lies in a town"):
        load_city(data)

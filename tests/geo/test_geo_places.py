"""Typed addresses: the longest part that is known, two that fit are offered, and it says what it took."""

from __future__ import annotations

import pytest

from geo.errors import AmbiguousArea, UnknownArea
from geo.rules.areas import Area, Areas
from geo.rules.coordinates import Datum, Position
from geo.rules.places import Place, Places


def at(lat: float) -> Position:
    return Position(lat, 115.4, Datum.WGS84)


AREAS = Areas(
    [
        Area("4415", ("汕尾市", "Shanwei City"), at(22.0)),
        Area("441521", ("海丰县", "Haifeng County"), at(22.1), within="4415"),
        Area("441581", ("陆丰市", "Lufeng City"), at(22.2), within="4415"),
        Area("441521120", ("海城镇", "Haicheng Town"), at(22.3), within="441521"),
        Area("441581003", ("东海街道", "Donghai Subdistrict"), at(22.4), within="441581"),
    ]
)
SAID = {
    "人民南路": ("renminnanlu", "rmnl"),
    "东海大道": ("donghaidadao", "dhdd"),
    "彭湃纪念医院": ("pengpaijinianyiyuan", "ppjnyy"),
    "海城镇便民服务中心": ("haichengzhenbianminfuwuzhongxin", "hczbmfwzx"),
    "新山村": ("xinshancun", "xsc"),
}
PLACES = Places(
    AREAS,
    [
        Place("1", ("人民南路", "Renmin South Road"), at(22.31), "441521120"),
        Place("2", ("人民南路",), at(22.41), "441581003"),
        Place("3", ("东海大道",), at(22.42), "441581003"),
        Place("4", ("彭湃纪念医院",), at(22.32), "441521120"),
        Place("5", ("海城镇便民服务中心", "Haicheng Town Service Centre"), at(22.33), "441521120"),
        Place("6", ("新山村",), at(22.34), "441521120"),
    ],
    lambda names: [SAID.get(name, (name, name)) for name in names],
)


@pytest.mark.parametrize(
    ("typed", "lat", "whole"),
    [
        ("海城镇", 22.3, True),
        ("haicheng", 22.3, True),
        ("东海大道", 22.42, True),
        ("东海大道12号", 22.42, True),
        ("陆丰市东海大道 12 号 3 栋 502 室", 22.42, True),
        ("广东省汕尾市陆丰市东海街道东海大道12号", 22.42, True),
        ("海丰县海城镇人民南路8号", 22.31, True),
        ("陆丰市人民南路", 22.41, True),
        ("彭湃纪念医院", 22.32, True),
        ("彭湃纪念", 22.32, True),
        ("pengpai jinian yiyuan", 22.32, True),
        ("ppjnyy", 22.32, True),
        ("海丰县新山村", 22.34, True),
        ("Haicheng Town Service Centre", 22.33, True),
        ("海丰县海城镇中山路9号", 22.3, False),
        ("陆丰市东海街道彭湃纪念医院", 22.4, False),
        ("东海大道旁边的小店", 22.42, False),
    ],
)
def test_what_people_type_is_taken_for_the_longest_part_that_is_known(
    typed: str, lat: float, *, whole: bool
) -> None:
    taken = PLACES.find(typed)
    assert (taken.position.lat, taken.whole) == (lat, whole)


def test_two_streets_of_one_name_are_offered_and_each_offer_is_found() -> None:
    with pytest.raises(AmbiguousArea) as several:
        PLACES.find("人民南路 5 号")
    candidates = several.value.facts["candidates"]
    assert candidates == ["汕尾市海丰县海城镇人民南路", "汕尾市陆丰市东海街道人民南路"]
    assert [PLACES.find(name).position.lat for name in candidates] == [22.31, 22.41]


def test_what_was_taken_is_named_and_has_no_house_number() -> None:
    assert PLACES.find("陆丰市东海大道12号").name == "东海大道"
    assert PLACES.find("海丰县海城镇中山路9号").name == "汕尾市海丰县海城镇"
    assert PLACES.find("陆丰市人民南路3号").name == "汕尾市陆丰市东海街道人民南路"


@pytest.mark.parametrize("typed", ["", "  ", "火星", "路", "12号", "x" * 10_000, "广东省", "zzzz"])
def test_nonsense_is_unknown_and_nothing_worse(typed: str) -> None:
    with pytest.raises(UnknownArea):
        PLACES.find(typed)


def test_a_street_that_begins_like_a_town_is_not_taken_for_it() -> None:
    assert AREAS.mentioned("东海大道12号") is None
    with pytest.raises(UnknownArea):
        Places(AREAS, ()).find("东海大道12号")

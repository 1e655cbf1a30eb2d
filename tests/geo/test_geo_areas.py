"""Named areas: tolerant of endings and spaces, never guessing between two of one name."""

from __future__ import annotations

import pytest

from geo.errors import AmbiguousArea, UnknownArea
from geo.rules.areas import Area, Areas
from geo.rules.coordinates import Datum, Position

HERE = Position(22.9, 115.4, Datum.WGS84)
CITY = Areas(
    [
        Area("4415", ("汕尾市", "Shanwei City"), HERE),
        Area("441502", ("城区", "Chengqu District"), HERE, within="4415"),
        Area("441521", ("海丰县", "Haifeng County"), HERE, within="4415"),
        Area("441581", ("陆丰市", "Lufeng City"), HERE, within="4415"),
        Area("441521120", ("海城镇", "Haicheng Town"), HERE, within="441521"),
        Area("441521106", ("联安镇", "Lian'an Town"), HERE, within="441521"),
        Area("441521900", ("新城镇", "Xincheng Town"), HERE, within="441521"),
        Area("441581900", ("新城镇", "Xincheng Town"), HERE, within="441581"),
        Area("441581003", ("东海街道", "Donghai Subdistrict"), HERE, within="441581"),
    ]
)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("海丰县", "441521"),
        (" 海丰 ", "441521"),
        ("HAIFENG county", "441521"),
        ("haifeng", "441521"),
        ("海丰县 海城镇", "441521120"),
        ("海丰海城", "441521120"),
        ("汕尾市海城镇", "441521120"),
        ("Haicheng Town, Haifeng County", "441521120"),
        ("lianan", "441521106"),
        ("Lian’an town", "441521106"),
        ("城区", "441502"),
        ("汕尾", "4415"),
        ("东海街道", "441581003"),
        ("东海街道办事处", "441581003"),
        ("陆丰市东海镇", "441581003"),
        ("ｈａｉｆｅｎｇ", "441521"),
        ("陆丰新城镇", "441581900"),
    ],
)
def test_what_people_type_is_found(typed: str, code: str) -> None:
    assert CITY.find(typed).code == code


def test_two_areas_of_one_name_are_offered_and_not_guessed() -> None:
    with pytest.raises(AmbiguousArea) as refused:
        CITY.find("新城")
    assert refused.value.facts["candidates"] == ["汕尾市海丰县新城镇", "汕尾市陆丰市新城镇"]


def test_an_unknown_name_gets_the_similar_ones() -> None:
    with pytest.raises(UnknownArea) as refused:
        CITY.find("Haifang County")
    similar = refused.value.facts["similar"]
    assert isinstance(similar, list)
    assert similar[0] == "海丰县"


@pytest.mark.parametrize("typed", ["", "   ", "火星", "镇", "x" * 10_000])
def test_nonsense_is_unknown_and_nothing_worse(typed: str) -> None:
    with pytest.raises(UnknownArea):
        CITY.find(typed)


def test_areas_that_contain_each_other_do_not_hang_the_search() -> None:
    loop = Areas([Area("a", ("甲镇",), HERE, within="b"), Area("b", ("乙县",), HERE, within="a")])
    assert loop.find("甲镇").code == "a"

"""Navigation links: each vendor's datum and order of the numbers, and names that cannot break a link."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.rules.coordinates import Datum, Position, inside_china
from geo.rules.distance import geodesic_metres
from geo.rules.links import navigation_links
from geo.rules.travel import TravelMode

HALL = Position(22.78199, 115.3475, Datum.WGS84)


def query(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query, strict_parsing=True).items()}


INLAND = st.tuples(st.floats(20, 45), st.floats(98, 117)).filter(
    lambda place: inside_china(*place, margin=-0.01)
)


@given(st.sampled_from(list(Datum)), st.sampled_from(list(TravelMode)), INLAND)
def test_every_link_leads_to_the_same_door(
    datum: Datum, mode: TravelMode, place: tuple[float, float]
) -> None:
    hall = Position(*place, Datum.WGS84)
    links = navigation_links(hall.to(datum), "海丰县政务服务中心", mode, region="汕尾市")
    east, north, _ = query(links.amap)["to"].split(",")
    doors = [Position(float(north), float(east), Datum.GCJ02)]
    north, east = query(links.tencent)["tocoord"].split(",")
    doors.append(Position(float(north), float(east), Datum.GCJ02))
    door = query(links.baidu)["destination"].removeprefix("latlng:").split("|")[0]
    north, east = door.split(",")
    assert query(links.baidu)["coord_type"] == "bd09ll"
    doors.append(Position(float(north), float(east), Datum.BD09))
    north, east = links.geo.removeprefix("geo:").split("?")[0].split(",")
    doors.append(Position(float(north), float(east), Datum.WGS84))
    assert all(geodesic_metres(hall, door) < 0.3 for door in doors)


def test_amap_takes_longitude_first_and_names_its_datum() -> None:
    amap = query(navigation_links(HALL, "市民广场", TravelMode.RIDE, region="汕尾市").amap)
    assert amap["to"].startswith("115.")
    assert amap["to"].endswith(",市民广场")
    assert (amap["mode"], amap["coordinate"], amap["callnative"]) == ("ride", "gaode", "1")


@pytest.mark.parametrize("name", ["大厅, 二楼", "A&B=C#1", "Hall|name:x", "100% 便民?", "a b+c"])
def test_a_name_with_separators_stays_one_name(name: str) -> None:
    links = navigation_links(HALL, name, TravelMode.WALK, region="汕尾市")
    assert query(links.amap)["to"].count(",") == 2
    assert query(links.baidu)["destination"].count("|") == 1
    assert query(links.tencent)["type"] == "walk"
    assert unquote(links.geo).startswith("geo:22.781990,115.347500?q=")
    for link in (links.amap, links.baidu, links.tencent, links.geo):
        assert " " not in link
        assert "#" not in link


def test_the_citizens_place_is_in_no_link() -> None:
    links = navigation_links(HALL, "市民广场", TravelMode.DRIVE, region="汕尾市")
    assert "from" not in query(links.amap)
    assert query(links.baidu)["origin"] == "我的位置"
    assert "fromcoord" not in query(links.tencent)

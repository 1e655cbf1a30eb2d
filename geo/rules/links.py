"""Links that open the way to a hall in the map that the citizen already has.

Each vendor has its own datum and its own order of the two numbers; a link in the wrong datum leads to the
next block. Forms as documented by the vendors' URI interfaces: Amap takes longitude first in GCJ-02,
Tencent latitude first in GCJ-02, Baidu latitude first with the datum named (its default is BD-09, so
``coord_type`` is always sent). ``geo:`` (RFC 5870) is WGS-84 and works with any other map. The origin is
left out: the map asks the phone, and the citizen's place stays out of the link.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from geo.rules.coordinates import Datum
from geo.rules.travel import TravelMode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo.rules.coordinates import Position

APP = "jinban"
DECIMALS = 6  # a tenth of a metre; more digits claim what nobody measured

_AMAP_MODES = MappingProxyType(
    {TravelMode.WALK: "walk", TravelMode.RIDE: "ride", TravelMode.DRIVE: "car", TravelMode.BUS: "bus"}
)
# Baidu's and Tencent's web links know no e-bike; the car's route is nearer to it than the footpath's.
_BAIDU_MODES = MappingProxyType(
    {
        TravelMode.WALK: "walking",
        TravelMode.RIDE: "driving",
        TravelMode.DRIVE: "driving",
        TravelMode.BUS: "transit",
    }
)
_TENCENT_MODES = MappingProxyType(
    {TravelMode.WALK: "walk", TravelMode.RIDE: "drive", TravelMode.DRIVE: "drive", TravelMode.BUS: "bus"}
)


@dataclass(frozen=True, slots=True)
class NavigationLinks:
    """One link per map; all lead to the same door."""

    amap: str
    baidu: str
    tencent: str
    geo: str


def navigation_links(position: Position, name: str, mode: TravelMode, *, region: str) -> NavigationLinks:
    """Return the links to ``position``, labelled ``name``; ``region`` is the city, which Baidu asks for."""
    label = name.replace(",", "，").replace("|", " ")  # both separate parts inside the vendors' parameters
    lat, lon = _degrees(position, Datum.GCJ02)
    amap = {"to": f"{lon},{lat},{label}", "mode": _AMAP_MODES[mode], "policy": "1", "src": APP}
    amap |= {"coordinate": "gaode", "callnative": "1"}
    tencent = {"type": _TENCENT_MODES[mode], "to": label, "tocoord": f"{lat},{lon}", "referer": APP}
    north, east = _degrees(position, Datum.BD09)
    baidu = {"origin": "我的位置", "destination": f"latlng:{north},{east}|name:{label}"}
    baidu |= {"mode": _BAIDU_MODES[mode], "region": region, "coord_type": "bd09ll"}
    baidu |= {"output": "html", "src": f"webapp.{APP}.{APP}"}
    plain_lat, plain_lon = _degrees(position, Datum.WGS84)
    return NavigationLinks(
        amap=_link("https://uri.amap.com/navigation", amap),
        baidu=_link("https://api.map.baidu.com/direction", baidu),
        tencent=_link("https://apis.map.qq.com/uri/v1/routeplan", tencent),
        geo=f"geo:{plain_lat},{plain_lon}?q={plain_lat},{plain_lon}({quote(label, safe='')})",
    )


def _degrees(position: Position, datum: Datum) -> tuple[str, str]:
    there = position.to(datum)
    return f"{there.lat:.{DECIMALS}f}", f"{there.lon:.{DECIMALS}f}"


def _link(address: str, parameters: Mapping[str, str]) -> str:
    return f"{address}?{urlencode(parameters, quote_via=quote, safe=',:')}"

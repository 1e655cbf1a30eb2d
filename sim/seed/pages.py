"""The pages of a demo city that a visitor should open, each with the token it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.catalogue import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sim.catalogue import City
    from sim.live.tokens import DemoKeys


def main_hall(city: City) -> str:
    """Return the code of the hall that a visitor is shown: the city's own, else the first."""
    codes = [code for code, hall in city.halls.items() if hall.level is Level.CITY]
    return (codes or list(city.halls))[0]


def link_holders(city: City) -> tuple[str, ...]:
    """Return the usernames that get a sign-in link: one of each role, the first clerk and manager shown."""
    code = main_hall(city)
    return f"{code}-01", f"{code}-manager", "supervisor", "administrator"


def pages_of(city: City, keys: DemoKeys, links: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return (what it is, path) of every page to open."""
    return tuple(_pages(city, keys, links))


def _pages(city: City, keys: DemoKeys, links: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    code = main_hall(city)
    hall = next(each for each in keys.halls if each.code == code)
    yield "Find a hall 找大厅", "/"
    yield "Lobby display 大厅屏", f"/lobby/{code}?device={hall.lobby}"
    if hall.window:
        label = next(iter(hall.windows))
        yield "Window display 窗口屏", f"/window/{code}/{label}?device={hall.window}"
    yield "Kiosk 取号机", f"/kiosk/{code}?device={hall.kiosk}"
    yield "A number by phone 手机取号", "/here"
    waiting = [visit.token for visit in keys.visits if visit.hall == code]
    if waiting:
        yield "A waiting citizen's ticket 排队中的号", f"/t/{waiting[-1]}"
    coming = [each for each in keys.appointments if each.hall == code and each.starts_at > keys.start]
    if coming:
        yield "An appointment 预约", f"/a/{min(coming, key=lambda each: each.starts_at).token}"
    roles = ("Clerk 窗口人员", "Manager 大厅管理员", "Supervisor 市级督导", "Administrator 系统管理员")
    for role, username in zip(roles, link_holders(city), strict=True):
        yield role, f"/staff/link/{links[username]}"
    yield "API documentation 接口文档", "/docs"

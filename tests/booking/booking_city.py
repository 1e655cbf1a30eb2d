"""A small city to book in: a city hall, a town hall and a terminal, open in two spans a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from booking.service import Client, Person
from kernel.ids import HallId, QueueId, ServiceId, WindowId
from kernel.tables import (
    HallClockRow,
    HallRow,
    HallServiceRow,
    OpeningHoursRow,
    QueueRow,
    ServicePaperRow,
    ServiceRow,
    ThemeRow,
)
from queueing.window_tables import PlanEntryRow, WindowEquipmentRow, WindowPlanRow, WindowRow

if TYPE_CHECKING:
    from sqlmodel import Session

ZONE = ZoneInfo("Asia/Shanghai")
WEDNESDAY = datetime(2026, 11, 18, tzinfo=ZONE)
PHONES = tuple(f"1380013{number:04d}" for number in range(8000, 8400))


def local(hour: int, minute: int = 0, *, days: int = 0) -> datetime:
    """Return an instant of the test's Wednesday (or days later) by the hall's clock."""
    return (WEDNESDAY + timedelta(days=days, hours=hour, minutes=minute)).astimezone(UTC)


def client(number: int = 0) -> Client:
    return Client(browser=f"browser {number}", address=f"203.0.113.{number % 250}")


def person(number: int = 0, **changes: Any) -> Person:
    return Person(**{"name": "王小明", "phone": PHONES[number], **changes})


@dataclass
class BookingCity:
    """Ids by short name."""

    halls: dict[str, HallId] = field(default_factory=dict)
    queues: dict[str, QueueId] = field(default_factory=dict)
    services: dict[str, ServiceId] = field(default_factory=dict)
    windows: dict[str, WindowId] = field(default_factory=dict)


_HALLS = (
    ("city", "hall", "city", "汕尾市", "Shanwei", "汕尾市政务服务中心", "Shanwei City Hall", 22.782, 115.347),
    (
        "town",
        "hall",
        "town",
        "海城镇",
        "Haicheng",
        "海城镇便民服务中心",
        "Haicheng Town Hall",
        22.969,
        115.331,
    ),
    ("bank", "terminal", "town", "海城镇", "Haicheng", "银行自助终端", "Bank terminal", 22.970, 115.333),
)
_QUEUES = (("city", "A", "综合受理", 10.0), ("city", "B", "社保医保", 10.0), ("town", "A", "综合受理", 15.0))
_SERVICES = (
    # code, zh, en, aliases, queue letter, minutes, audience, online, needs_id_tail
    (
        "elder-benefit",
        "高龄老人津贴申领",
        "Old-age allowance",
        "高龄津贴,老人钱",
        "A",
        9.0,
        "person",
        True,
        False,
    ),
    (
        "minimum-living",
        "最低生活保障申请",
        "Minimum living allowance",
        "低保,困难户",
        "A",
        18.0,
        "person",
        False,
        True,
    ),
    (
        "social-card",
        "社会保障卡申领",
        "Social security card",
        "社保卡,医保卡",
        "B",
        12.0,
        "person",
        False,
        False,
    ),
    (
        "company-start",
        "企业设立登记",
        "Company registration",
        "开公司,营业执照",
        "B",
        40.0,
        "company",
        True,
        False,
    ),
)


def build_city(session: Session) -> BookingCity:
    """Write the city: queue A of the city hall has three planned windows, queue B one, the town one."""
    city = BookingCity()
    for code, kind, level, area_zh, area_en, zh, en, lat, lon in _HALLS:
        hall = HallRow(
            code=code, kind=kind, level=level, area_zh=area_zh, area_en=area_en, name_zh=zh, name_en=en,
            lat=lat, lon=lon, policy={},
        )  # fmt: skip
        session.add(hall)
        session.flush()
        city.halls[code] = HallId(hall.id)
        session.add(HallClockRow(hall_id=hall.id, ticked_at=local(0, days=-30)))
        if kind == "hall":
            for weekday in range(5):
                for opens, closes in ((time(9), time(12)), (time(14), time(17))):
                    session.add(OpeningHoursRow(hall_id=hall.id, weekday=weekday, opens=opens, closes=closes))
    session.flush()
    _add_queues(session, city)
    _add_services(session, city)
    plan_windows(session, city, "city", {"1": ["A"], "2": ["A"], "3": ["A"], "4": ["B"]}, version=1)
    plan_windows(session, city, "town", {"1": ["A"]}, version=1)
    session.flush()
    return city


def _add_queues(session: Session, city: BookingCity) -> None:
    for rank, (hall, prefix, zh, mean) in enumerate(_QUEUES):
        queue = QueueRow(
            hall_id=city.halls[hall], prefix=prefix, rank=rank, name_zh=zh, name_en=zh, mean_minutes=mean
        )
        session.add(queue)
        city.queues[f"{hall}/{prefix}"] = QueueId(queue.id)
    session.flush()


def _add_services(session: Session, city: BookingCity) -> None:
    for code, zh, en, aliases, letter, minutes, audience, online, needs_id_tail in _SERVICES:
        service = ServiceRow(
            code=code, name_zh=zh, name_en=en, aliases=aliases, queue_kind=letter, minutes=minutes,
            audience=audience, online=online, needs_id_tail=needs_id_tail, marks=[],
            related=["minimum-living"] if code == "elder-benefit" else [],
        )  # fmt: skip
        session.add(service)
        session.flush()
        city.services[code] = ServiceId(service.id)
        for hall in ("city", "town"):
            queue_id = city.queues.get(f"{hall}/{letter}")
            if queue_id is not None:
                offer = HallServiceRow(hall_id=city.halls[hall], service_id=service.id, queue_id=queue_id)
                session.add(offer)
        for position, (paper, need) in enumerate(
            (("居民身份证", "licence"), ("银行账户", "bring"), ("申请表", "prefilled"))
        ):
            session.add(
                ServicePaperRow(
                    service_id=service.id,
                    position=position,
                    name_zh=paper,
                    name_en=f"paper {position}",
                    need=need,
                )
            )
    session.add(HallServiceRow(hall_id=city.halls["bank"], service_id=city.services["social-card"]))
    session.add(
        ThemeRow(
            code="old-age", name_zh="老有所养", name_en="Growing old",
            service_codes=["elder-benefit", "social-card"],
        )
    )  # fmt: skip


def plan_windows(
    session: Session, city: BookingCity, hall: str, serves: dict[str, list[str]], *, version: int
) -> None:
    """Apply a window plan for the whole day: window label -> prefixes of its primary queues."""
    plan = WindowPlanRow(hall_id=city.halls[hall], version=version, applied_at=local(0, days=-20))
    session.add(plan)
    session.flush()
    for label, prefixes in serves.items():
        key = f"{hall}/{label}"
        if key not in city.windows:
            rank = sum(own.startswith(f"{hall}/") for own in city.windows)
            window = WindowRow(hall_id=city.halls[hall], label=label, rank=rank)
            session.add(window)
            session.flush()
            city.windows[key] = WindowId(window.id)
            for prefix in prefixes:
                session.add(WindowEquipmentRow(window_id=window.id, queue_id=city.queues[f"{hall}/{prefix}"]))
        for prefix in prefixes:
            session.add(
                PlanEntryRow(
                    plan_id=plan.id,
                    window_id=city.windows[key],
                    queue_id=city.queues[f"{hall}/{prefix}"],
                    from_minute=8 * 60,
                    to_minute=18 * 60,
                )
            )

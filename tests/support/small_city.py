"""Two halls and a terminal, written into a fresh database: what most tests of the real app stand on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session

import queueing.window_tables as w
from kernel import tables as k
from kernel.clock import ManualClock
from kernel.database import Row
from kernel.devices import add_device
from kernel.identity import Role, Staff, open_session
from kernel.identity_tables import StaffRow, StaffSessionRow
from kernel.ids import HallId, QueueId, ServiceId, StaffId, WindowId, uuid7
from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class SmallCity:
    """Two halls and a terminal. The first hall: queue A (windows 1, 2) and B (window 2 helps A, 3).

    Services: ``id-card`` and ``household`` wait in A, ``insurance`` in B; the second hall has A only.
    """

    hall: HallId
    other_hall: HallId
    queue_a: QueueId
    queue_b: QueueId
    other_queue: QueueId
    windows: tuple[WindowId, ...]
    other_window: WindowId
    services: dict[str, ServiceId]
    clerks: tuple[Staff, ...]
    manager: Staff
    other_clerk: Staff
    supervisor: Staff
    administrator: Staff
    tokens: dict[str, str]
    """Session tokens by username, and device tokens as ``kiosk`` and ``lobby``."""


class Lists:
    """Rows that are written a table at a time, in the order in which tables were first named."""

    def __init__(self) -> None:
        self._rows: defaultdict[type[Row], list[dict[str, Any]]] = defaultdict(list)

    def add(self, row: type[Row], **values: Any) -> None:
        self._rows[row].append(values)

    def write(self, session: Session) -> None:
        """Write what was added since; a statement a table, for most tests begin with this."""
        for row, values in self._rows.items():
            session.execute(insert(row.__table__), values)  # type: ignore[attr-defined]
        self._rows.clear()


def seed_small_city(session: Session, *, vault: Vault, clock: ManualClock) -> SmallCity:
    """Write the small city; ``SmallCity`` says what it holds."""
    lists = Lists()
    add = lists.add
    halls = [HallId(uuid7()) for _ in range(3)]
    names = [("H1", "hall", 22.78, 115.35), ("H2", "hall", 22.97, 115.33), ("T1", "terminal", 22.80, 115.36)]
    for hall_id, (code, kind, lat, lon) in zip(halls, names, strict=True):
        add(
            k.HallRow,
            id=hall_id,
            code=code,
            parent_code="",
            kind=kind,
            level="county" if kind == "hall" else "town",
            area_zh=f"{code}区",
            area_en=f"{code} district",
            name_zh=f"{code}政务服务中心",
            name_en=f"{code} Government Service Hall",
            address_zh="",
            lat=lat,
            lon=lon,
            datum="WGS-84",
            timezone="Asia/Shanghai",
            policy={},
        )
        add(k.HallClockRow, hall_id=hall_id, seq=0, ticked_at=clock.now() - timedelta(hours=1))
        for weekday in range(5) if kind == "hall" else ():
            add(k.OpeningHoursRow, hall_id=hall_id, weekday=weekday, opens=time(8, 30), closes=time(17, 30))
    queues = [QueueId(uuid7()) for _ in range(3)]
    for queue_id, hall_id, prefix, rank in zip(
        queues, (halls[0], halls[0], halls[1]), "ABA", (0, 1, 0), strict=True
    ):
        add(
            k.QueueRow,
            id=queue_id,
            hall_id=hall_id,
            prefix=prefix,
            rank=rank,
            name_zh={"A": "综合受理", "B": "社保医保"}[prefix],
            name_en={"A": "General intake", "B": "Social insurance"}[prefix],
            mean_minutes=10.0,
        )
    services = {code: ServiceId(uuid7()) for code in ("id-card", "household", "insurance")}
    chinese = {"id-card": "身份证补领", "household": "户口迁移", "insurance": "社保查询"}
    for code, service_id in services.items():
        add(
            k.ServiceRow,
            **_plain_service(code, chinese[code]),
            id=service_id,
        )
        in_first = queues[1] if code == "insurance" else queues[0]
        add(k.HallServiceRow, hall_id=halls[0], service_id=service_id, queue_id=in_first)
        if code != "insurance":
            add(k.HallServiceRow, hall_id=halls[1], service_id=service_id, queue_id=queues[2])
    add(
        k.ServicePaperRow,
        service_id=services["id-card"],
        position=0,
        name_zh="户口簿",
        name_en="Household register",
        need="licence",
    )
    add(k.HallServiceRow, hall_id=halls[2], service_id=services["insurance"], queue_id=None)
    staff = _add_staff(lists, halls)
    windows = _add_windows(lists, halls, queues, clock)
    lists.write(session)
    tokens = {
        name: open_session(session, own.id, vault=vault, now=clock.now()) for name, own in staff.items()
    }
    # Most tests let hours pass without anybody before a page; tests of idleness say so (support.people).
    session.execute(update(StaffSessionRow.__table__).values(unattended=True))  # type: ignore[attr-defined]
    for kind in ("kiosk", "lobby"):
        tokens[kind] = add_device(session, halls[0], kind=kind, name=kind, vault=vault)
    return SmallCity(
        *(halls[0], halls[1], queues[0], queues[1], queues[2], windows[:3], windows[3], services),
        *((staff["clerk1"], staff["clerk2"], staff["clerk3"]), staff["manager"], staff["clerk4"]),
        *(staff["supervisor"], staff["admin"], tokens),
    )


def _plain_service(code: str, name_zh: str) -> dict[str, Any]:
    return {
        **dict.fromkeys(("aliases", "online_note_zh", "online_note_en", "note_zh", "note_en"), ""),
        **dict.fromkeys(("online", "at_once", "needs_id_tail"), False),
        "code": code,
        "name_zh": name_zh,
        "name_en": code.title(),
        "queue_kind": "general",
        "minutes": 10.0,
        "audience": "person",
        "marks": [],
        "related": [],
    }


def _add_staff(lists: Lists, halls: list[HallId]) -> dict[str, Staff]:
    people = [
        *((f"clerk{number}", Role.CLERK, halls[0]) for number in (1, 2, 3)),
        ("clerk4", Role.CLERK, halls[1]),
        ("manager", Role.MANAGER, halls[0]),
        ("supervisor", Role.SUPERVISOR, None),
        ("admin", Role.ADMINISTRATOR, None),
    ]
    staff = {}
    for username, role, hall_id in people:
        staff_id = StaffId(uuid7())
        lists.add(
            StaffRow,
            id=staff_id,
            username=username,
            display_name=username.title(),
            role=role.value,
            hall_id=hall_id,
            password_hash="!",
            failed_tries=0,
            disabled=False,
        )
        staff[username] = Staff(staff_id, username.title(), role, hall_id)
    return staff


def _add_windows(
    lists: Lists, halls: list[HallId], queues: list[QueueId], clock: ManualClock
) -> tuple[WindowId, ...]:
    first, second, other = queues
    serves = [
        (halls[0], "1", [(first, False)]),
        (halls[0], "2", [(second, False), (first, True)]),
        (halls[0], "3", [(second, False)]),
        (halls[1], "1", [(other, False)]),
    ]
    plans = {hall_id: uuid7() for hall_id in halls[:2]}
    for hall_id, plan_id in plans.items():
        lists.add(
            w.WindowPlanRow,
            id=plan_id,
            hall_id=hall_id,
            version=1,
            source="manual",
            applied_at=clock.now() - timedelta(days=1),
        )
    made = []
    for rank, (hall_id, label, listed) in enumerate(serves):
        window_id = WindowId(uuid7())
        made.append(window_id)
        lists.add(
            w.WindowRow,
            **dict.fromkeys(("name_zh", "name_en"), ""),
            id=window_id,
            hall_id=hall_id,
            label=label,
            rank=rank,
            list_limit=3,
            status="closed",
        )
        for queue_id, helping in listed:
            lists.add(w.WindowEquipmentRow, window_id=window_id, queue_id=queue_id)
            lists.add(
                w.PlanEntryRow,
                plan_id=plans[hall_id],
                window_id=window_id,
                queue_id=queue_id,
                from_minute=510,
                to_minute=1050,
                helping=helping,
            )
    return tuple(made)

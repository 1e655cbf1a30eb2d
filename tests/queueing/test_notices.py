"""Notices stand from their beginning to their end, on both databases, and nobody has to take them down."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, select

from app.migrate import migrate
from app.schema import revisions
from kernel.audit_check import verify
from kernel.audit_tables import AuditRow
from kernel.identity import WrongHall
from kernel.ids import uuid7
from queueing import service as queueing
from queueing.notices import service
from queueing.notices.errors import (
    NoticeNotFound,
    NoticeOver,
    NoticeTextWrong,
    NoticeTimesWrong,
    TooManyNotices,
)
from queueing.notices.service import NewNotice
from queueing.notices.store import OVER_KEPT_FOR, forget_over
from queueing.notices.tables import HallNoticeRow
from queueing.provisional.service import kit
from queueing.rules.notices import LONGEST_TIME, MOST, Notice, standing, times_fit
from queueing.screens.tables import ScreenRow
from tests.conftest import MORNING, bearer
from tests.support.kiosks import CutOff
from tests.support.migrations import check_in_step, downgrade

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

AUDIT = AuditRow.__table__
_notices = HallNoticeRow.__table__
HOUR = timedelta(hours=1)
OWN = {HallNoticeRow.__tablename__, ScreenRow.__tablename__}


class Board:
    """The first hall's manager and what people read there."""

    def __init__(self, database: Database, city: SmallCity, clock: ManualClock) -> None:
        self.database, self.city, self.clock = database, city, clock

    def post(self, text: str = "3号窗口16:00关闭", *, begins: float | None = None, ends: float = 2.0) -> Any:
        """Put a notice up; ``begins`` and ``ends`` in hours from now."""
        now = self.clock.now()
        wanted = NewNotice(text, "", None if begins is None else now + begins * HOUR, now + ends * HOUR)
        return self.database.write_now(
            service.post_notice, "H1", wanted, by=self.city.manager, clock=self.clock
        )

    def end(self, kept: Any) -> Any:
        return self.database.write_now(
            service.end_notice, kept.notice.id, by=self.city.manager, clock=self.clock
        )

    def read(self) -> list[str]:
        """Return what the hall's board says now."""
        board = self.database.read_now(queueing.board, self.city.hall, now=self.clock.now())
        return [own.text_zh for own in board.notices]


@pytest.fixture
def board(database: Database, city: SmallCity, clock: ManualClock) -> Board:
    return Board(database, city, clock)


hours = st.integers(-200, 2000).map(lambda count: MORNING + timedelta(hours=count))


@given(hours, hours, hours)
def test_a_notice_that_may_stand_stands_for_a_time_and_ends(begins: Any, ends: Any, now: Any) -> None:
    notice = Notice(uuid7(), "公告", "", begins, ends)
    if times_fit(begins, ends, now=now):
        first = max(begins, now)
        assert standing([notice], first) == (notice,)
        assert standing([notice], ends) == ()
        assert ends - begins <= LONGEST_TIME


def test_a_notice_begins_and_ends_by_itself(board: Board) -> None:
    board.post("明天停电", begins=1, ends=3)
    board.post("3号窗口16:00关闭")
    assert board.read() == ["3号窗口16:00关闭"]
    board.clock.advance(HOUR)
    assert board.read() == ["3号窗口16:00关闭", "明天停电"], "what ends first comes first"
    board.clock.advance(HOUR)
    assert board.read() == ["明天停电"], "at its end it is gone"
    board.clock.advance(HOUR)
    assert board.read() == []


def test_notices_that_were_over_long_ago_are_forgotten(board: Board) -> None:
    board.post("过去的", ends=1)
    board.clock.advance(2 * HOUR)
    board.post("现在的", ends=3)

    def known() -> list[str]:
        query = select(_notices.c.text_zh)
        return board.database.read_now(lambda session: sorted(session.execute(query).scalars()))

    board.database.write_now(forget_over, board.clock.now() + OVER_KEPT_FOR - 2 * HOUR)
    assert known() == sorted(["过去的", "现在的"])
    board.database.write_now(forget_over, board.clock.now() + OVER_KEPT_FOR)
    assert known() == ["现在的"]


def test_a_notice_is_taken_down_once_and_only_in_its_own_hall(board: Board) -> None:
    kept = board.post("  3号窗口\n 16:00关闭 ")
    assert kept.notice.text_zh == "3号窗口 16:00关闭"
    write, by = board.database.write_now, {"by": board.city.other_clerk, "clock": board.clock}
    with pytest.raises(WrongHall):
        write(service.end_notice, kept.notice.id, **by)
    with pytest.raises(WrongHall):
        write(service.post_notice, "H1", NewNotice("x", "", None, board.clock.now() + HOUR), **by)
    board.end(kept)
    assert board.read() == []
    with pytest.raises(NoticeOver):
        board.end(kept)
    past = board.post(ends=1)
    board.clock.advance(HOUR)
    with pytest.raises(NoticeOver):
        board.end(past)
    with pytest.raises(NoticeNotFound):
        write(service.end_notice, uuid7(), by=board.city.manager, clock=board.clock)


def test_what_nobody_sees_is_no_notice_and_turns_no_line_around(board: Board) -> None:
    for text in ("\u200b", "\u202e \u2066", "\x00\x1b"):
        with pytest.raises(NoticeTextWrong):
            board.post(text)
    kept = board.post("\u202e3号\u200b窗口\u3000\x0016:00\x1b关闭")
    assert kept.notice.text_zh == "3号窗口 16:00关闭"


def test_texts_times_and_number_are_bounded(board: Board) -> None:
    for text in ("", "  \n ", "字" * 61):
        with pytest.raises(NoticeTextWrong):
            board.post(text)
    for begins, ends in ((None, 0.0), (None, -1.0), (2.0, 1.0), (None, 31 * 24 + 1), (32 * 24, 33 * 24)):
        with pytest.raises(NoticeTimesWrong):
            board.post(begins=begins, ends=ends)
    assert board.read() == []
    posted = [board.post("字" * 60, begins=5 if place else None, ends=6) for place in range(MOST)]
    with pytest.raises(TooManyNotices):
        board.post()
    board.end(posted[0])
    board.post()


def test_what_managers_put_up_and_take_down_is_in_the_trail(board: Board, vault: Vault) -> None:
    board.end(board.post("今天系统升级"))
    rows = board.database.read_now(lambda session: session.execute(select(AUDIT).order_by(AUDIT.c.id)).all())
    assert [(row.what, row.staff_id, row.detail["zh"]) for row in rows] == [
        ("notice.posted", board.city.manager.id, "今天系统升级"),
        ("notice.ended", board.city.manager.id, "今天系统升级"),
    ]
    assert not board.database.read_now(verify, vault=vault).broken


def test_a_kiosk_keeps_what_stands_and_what_is_to_come(board: Board, vault: Vault) -> None:
    board.post("现在", ends=1)
    board.post("以后", begins=1)
    board.end(board.post("撤下"))
    kiosk = CutOff.new(board.database, board.city, vault, board.clock)
    found = board.database.read_now(kit, "H1", device=kiosk.device, clock=board.clock)
    assert {own.text_zh for own in found.notices} == {"现在", "以后"}


def test_the_city_s_notices_are_read_by_hall(board: Board) -> None:
    board.post("一厅")
    found = board.database.read_now(service.standing_everywhere, now=board.clock.now())
    assert {hall: [own.text_zh for own in notices] for hall, notices in found.items()} == {
        board.city.hall: ["一厅"]
    }


@pytest.mark.slow
def test_the_tables_of_notices_and_screens_go_and_come_back(board: Board) -> None:
    board.post()
    downgrade(board.database, "0021")  # later revisions have tables of their own
    with board.database.engine.connect() as connection:
        before = set(inspect(connection).get_table_names())
    downgrade(board.database, revisions()[revisions().index("0021") - 1])
    with board.database.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == before - OWN
    migrate(board.database)
    check_in_step(board.database)
    assert board.read() == []


async def test_a_program_puts_a_notice_up_once_and_citizens_read_it(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    wanted = {"text_zh": "停电", "text_en": "Power cut", "until_at": (clock.now() + HOUR).isoformat()}
    as_manager = bearer(sqlite_city.tokens["manager"])
    made = [
        await sqlite_client.post("/api/v1/halls/H1/notices", json=wanted, headers=as_manager)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in made] == [200, 200]
    assert made[0].json() == made[1].json(), "sent twice, it is there once"
    page = (await sqlite_client.get("/api/v1/halls/H1")).json()
    assert [own["text_en"] for own in page["notices"]] == ["Power cut"]
    listed = (await sqlite_client.get("/api/v1/halls/H1/notices", headers=as_manager)).json()["notices"]
    assert [own["made_by"] for own in listed] == ["Manager"]
    ended = await sqlite_client.post(
        f"/api/v1/notices/{listed[0]['id']}/end", headers=bearer(sqlite_city.tokens["manager"])
    )
    assert ended.json()["ended_at"] is not None
    assert (await sqlite_client.get("/api/v1/halls/H1")).json()["notices"] == []

"""What is past its time goes once a day, whatever goes wrong with a piece of it, and after a restart too."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from app.retention import Retention
from app.tidying import PIECES, Tidying
from kernel import deleting
from kernel.errors import Busy
from kernel.identity import CITIZEN
from kernel.tables import HallRow
from kernel.work_tables import IdempotencyRow, OutboxRow
from queueing import service

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

TODAY = date(2026, 11, 18)


def count(database: Database, table: type) -> int:
    statement = select(func.count()).select_from(table.__table__)  # type: ignore[attr-defined]
    return int(database.read_now(lambda session: session.execute(statement).scalar_one()))


@pytest.mark.slow
async def test_what_met_a_busy_database_or_an_error_of_ours_keeps_nothing_else(
    sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    done: list[str] = []
    busy = True

    def held_up(_session: Session, _here: Parts) -> int:
        if busy:
            raise Busy
        done.append("held up")
        return 0

    def broken(_session: Session, _here: Parts) -> int:
        done.append("broken")
        raise LookupError("an error of ours")

    def well(_session: Session, _here: Parts) -> int:
        done.append("well")
        return 0

    run = Tidying(sqlite_parts, {"held up": held_up, "broken": broken, "well": well})
    with capture_logs() as logs:
        await run.once(TODAY)
        busy = False
        await run.once(TODAY)
        await run.once(TODAY)
    assert done == ["broken", "well", "held up"]
    assert [(own["event"], own["what"]) for own in logs] == [
        ("not tidied", "held up"),
        ("an error of ours while tidying", "broken"),
    ]
    done.clear()
    await run.once(TODAY + timedelta(days=1))
    assert done == ["held up", "broken", "well"]


@pytest.mark.slow
async def test_a_process_that_was_not_there_at_midnight_tidies_when_it_comes(
    parts: Parts, city: SmallCity, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some rows a unit of work, and in a city of one hall as in any other."""
    monkeypatch.setattr(deleting, "AT_ONCE", 2)
    monkeypatch.setattr(deleting.delete_some, "__kwdefaults__", {"limit": 2})
    await parts.database.write(
        lambda session: (
            session.execute(
                update(HallRow.__table__).values(kind="terminal").where(HallRow.__table__.c.id != city.hall)  # type: ignore[attr-defined]
            )
            and None
        )
    )
    for _ in range(5):
        await parts.database.write(
            service.issue_ticket, city.hall, [city.services["id-card"]],
            priority=False, by=CITIZEN, clock=clock, vault=parts.vault,
        )  # fmt: skip
    published = update(OutboxRow.__table__).values(published_at=clock.now())  # type: ignore[attr-defined]
    await parts.database.write(lambda session: session.execute(published) and None)
    clock.advance(timedelta(hours=27))
    await Retention(parts).once()
    assert count(parts.database, OutboxRow) == 0


def test_rows_with_a_key_of_two_columns_go_some_at_a_time(database: Database, clock: ManualClock) -> None:
    def fill(session: Session) -> None:
        rows: list[dict[str, Any]] = [
            {
                "scope": f"s{n % 2}",
                "key": f"k{n}",
                "fingerprint": b"",
                "answer": b"",
                "created_at": clock.now(),
            }
            for n in range(5)
        ]
        session.execute(IdempotencyRow.__table__.insert(), rows)  # type: ignore[attr-defined]

    database.write_now(fill)
    table = IdempotencyRow.__table__  # type: ignore[attr-defined]
    gone = [
        database.write_now(deleting.delete_some, table, table.c.created_at <= clock.now(), limit=2)
        for _ in range(4)
    ]
    assert gone == [2, 2, 1, 0]


def test_every_piece_runs_on_both_databases(parts: Parts, city: SmallCity) -> None:
    for piece in PIECES.values():
        assert not parts.database.write_now(piece, parts)

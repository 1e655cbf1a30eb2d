"""The promise report as JSON; figures of fewer than five tickets are null."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from kernel.web.schemas import Out
from queueing.promises.rules import Promises
from queueing.promises.service import Cell, PromiseReport, Withheld
from queueing.rules.records import SMALLEST_CELL, Share
from queueing.rules.trust import Fault


class ShareOut(Out):
    """``count`` of ``of``, its value and 95 % interval; null where ``of`` is below five."""

    count: int | None
    of: int
    value: float | None
    interval: tuple[float, float] | None

    @classmethod
    def told(cls, share: Share) -> Self:
        count = share.count if share.of >= SMALLEST_CELL else None
        return cls(count=count, of=share.of, value=share.value, interval=share.interval)


class PromisesOut(Out):
    """Minutes, where no share: bias is the mean of wait minus P50."""

    tickets: int
    measured: int
    withheld: int
    simulated: int
    inside: ShareOut
    above: ShareOut
    missing: ShareOut
    bias: float | None
    median_error: int | None
    pinball50: float | None
    pinball90: float | None

    @classmethod
    def told(cls, own: Promises) -> Self:
        return cls(
            tickets=own.sums.issued,
            measured=own.sums.measured,
            withheld=own.sums.withheld,
            simulated=own.sums.simulated,
            inside=ShareOut.told(own.inside),
            above=ShareOut.told(own.above),
            missing=ShareOut.told(own.missing),
            bias=own.bias,
            median_error=own.median_error,
            pinball50=own.pinball50,
            pinball90=own.pinball90,
        )


class CellOut(PromisesOut):
    """``queue`` is its prefix letter, ``week`` its Monday; null where the report is not cut so finely."""

    hall: str
    queue: str | None
    week: date | None

    @classmethod
    def cell(cls, own: Cell) -> Self:
        plain = PromisesOut.told(own.promises)
        queue = own.queue.prefix if own.queue else None
        return cls(**dict(plain), hall=own.hall.code, queue=queue, week=own.week)


class WithheldOut(Out):
    """A queue whose number is not told: its ranges surely held worse than 80 % inside and 10 % above."""

    hall: str
    queue: str
    since: date
    days: int
    tickets: int
    inside: int
    above: int
    fault: Fault

    @classmethod
    def told(cls, own: Withheld) -> Self:
        band = own.band
        return cls(
            **{"hall": own.hall.code, "queue": own.queue.prefix, "since": band.since, "days": band.days},
            **{"tickets": band.tickets, "inside": band.inside, "above": band.above, "fault": band.fault},
        )


class PromiseReportOut(Out):
    """Local dates, both inclusive; cells by hall code, queue and week, never by how well they did."""

    first_day: date
    last_day: date
    made_at: datetime
    whole: PromisesOut
    cells: list[CellOut]
    withheld: list[WithheldOut]

    @classmethod
    def of(cls, report: PromiseReport) -> Self:
        return cls(
            first_day=report.first_day,
            last_day=report.last_day,
            made_at=report.made_at,
            whole=PromisesOut.told(report.whole),
            cells=[CellOut.cell(own) for own in report.cells],
            withheld=[WithheldOut.told(own) for own in report.withheld],
        )

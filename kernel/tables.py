"""Rows of halls and the city's catalogue: when they are open, what they offer and in which queue."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint, false
from sqlmodel import Field

from kernel.columns import json_column, utc
from kernel.database import Row
from kernel.ids import uuid7


class HallRow(Row, table=True):
    """A hall or another service point with a position (``kind``: hall, terminal).

    ``address_…`` and ``phone`` are empty where nobody stated them; a ``retired`` one is history.
    """

    __tablename__ = "hall"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    code: str = Field(unique=True, max_length=32)
    parent_code: str = Field(default="", max_length=32)
    kind: str = Field(default="hall", max_length=16)
    level: str = Field(max_length=16)
    area_zh: str
    area_en: str = ""
    name_zh: str
    name_en: str
    address_zh: str = ""
    address_en: str = Field(default="", sa_column_kwargs={"server_default": ""})
    phone: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    lat: float
    lon: float
    datum: str = Field(default="WGS-84", max_length=8)
    timezone: str = Field(default="Asia/Shanghai", max_length=40)
    policy: dict[str, Any] = json_column()
    retired: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class HallClockRow(Row, table=True):
    """The row that orders a hall: whoever changes its queue locks it, numbers events and ticks its clock."""

    __tablename__ = "hall_clock"

    hall_id: UUID = Field(primary_key=True, foreign_key="hall.id")
    seq: int = Field(default=0, sa_type=BigInteger)
    ticked_at: datetime = utc()


class OpeningHoursRow(Row, table=True):
    """One span in which a hall is open on a weekday (0 = Monday), in the hall's local time."""

    __tablename__ = "opening_hours"

    hall_id: UUID = Field(primary_key=True, foreign_key="hall.id")
    weekday: int = Field(primary_key=True)
    opens: time = Field(primary_key=True)
    closes: time


class ClosureRow(Row, table=True):
    """A local date on which a hall is closed, or, with ``opens_as_weekday``, works like that weekday."""

    __tablename__ = "closure"

    hall_id: UUID = Field(primary_key=True, foreign_key="hall.id")
    day: date = Field(primary_key=True)
    opens_as_weekday: int | None = None
    reason_zh: str = ""
    reason_en: str = ""


class QueueRow(Row, table=True):
    """A line of tickets with one prefix letter; serves one or more services."""

    __tablename__ = "queue"
    __table_args__ = (UniqueConstraint("hall_id", "prefix"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id", index=True)
    prefix: str = Field(max_length=2)
    rank: int = 0
    name_zh: str
    name_en: str
    mean_minutes: float = 10.0
    plan_weight: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


class ServiceRow(Row, table=True):
    """What a citizen comes for (政务服务事项); ``department``: code of who answers for it, "" not named.

    ``online_link`` leads to where it is done online, "" where no address is known. ``prerequisites`` and
    ``steps`` hold pairs of Chinese and English text. A ``retired`` one is in the catalogue no more; past
    visits still name it. ``party``: what each of several people takes, "" for one person an appointment, and
    ``party_most`` how many may come at once. ``single``: one open appointment a person in the city.
    """

    __tablename__ = "service"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    code: str = Field(unique=True, max_length=64)
    name_zh: str
    name_en: str
    aliases: str = ""
    queue_kind: str = Field(default="", max_length=32)
    department: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    minutes: float = 10.0
    audience: str = Field(default="person", max_length=16)
    online: bool = False
    online_note_zh: str = ""
    online_note_en: str = ""
    online_link: str = Field(default="", max_length=400, sa_column_kwargs={"server_default": ""})
    at_once: bool = False
    needs_id_tail: bool = False
    party: str = Field(default="", max_length=8, sa_column_kwargs={"server_default": ""})
    party_most: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    single: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    note_zh: str = ""
    note_en: str = ""
    marks: list[str] = json_column()
    related: list[str] = json_column()
    prerequisites: list[list[str]] = json_column(default=list, server_default="[]")
    steps: list[list[str]] = json_column(default=list, server_default="[]")
    retired: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class DepartmentRow(Row, table=True):
    """An authority that answers for services (主管部门)."""

    __tablename__ = "department"

    code: str = Field(primary_key=True, max_length=64)
    name_zh: str
    name_en: str


class ServicePaperRow(Row, table=True):
    """A paper of a service: ``need`` is bring, licence (on file, need not be brought) or prefilled."""

    __tablename__ = "service_paper"

    service_id: UUID = Field(primary_key=True, foreign_key="service.id")
    position: int = Field(primary_key=True)
    name_zh: str
    name_en: str
    need: str = Field(max_length=16)


class HallServiceRow(Row, table=True):
    """Which hall offers a service and in which queue (none at a terminal)."""

    __tablename__ = "hall_service"

    hall_id: UUID = Field(primary_key=True, foreign_key="hall.id")
    service_id: UUID = Field(primary_key=True, foreign_key="service.id", index=True)
    queue_id: UUID | None = Field(default=None, foreign_key="queue.id")


class ThemeRow(Row, table=True):
    """Several services as one errand (一件事)."""

    __tablename__ = "theme"

    code: str = Field(primary_key=True, max_length=64)
    name_zh: str
    name_en: str
    service_codes: list[str] = json_column()


class QuestionRow(Row, table=True):
    """A question that leads to the exact service; ``position`` 0 is the one that is asked first."""

    __tablename__ = "question"

    code: str = Field(primary_key=True, max_length=64)
    position: int = Field(unique=True)
    ask_zh: str
    ask_en: str


class QuestionAnswerRow(Row, table=True):
    """An answer to a question: leads on to a question or to services, never both."""

    __tablename__ = "question_answer"

    question_code: str = Field(primary_key=True, max_length=64, foreign_key="question.code")
    position: int = Field(primary_key=True)
    text_zh: str
    text_en: str
    goto_code: str | None = Field(default=None, max_length=64, foreign_key="question.code")
    service_codes: list[str] = json_column()

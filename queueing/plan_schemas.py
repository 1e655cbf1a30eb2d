"""Window plans as the API sends them: versions, differences, links to subscribe to."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

from pydantic import Field

from kernel.days import Day, Instant
from kernel.web.schemas import In, Out
from queueing.rules.windows import PlanEntry

if TYPE_CHECKING:
    from kernel.ids import QueueId
    from queueing.plan_history import Differences, VersionView
    from queueing.plans.feeds import FeedView, NewFeed
    from queueing.reads import Published
    from queueing.store import Plan


class PlanEntryIn(In):
    """A window serves a queue from one local minute of the day until another."""

    window_id: UUID
    queue_id: UUID
    helping: bool = False
    from_minute: int = Field(ge=0, lt=1440)
    to_minute: int = Field(gt=0, le=1440)

    def entry(self) -> PlanEntry:
        return PlanEntry(self.window_id, self.queue_id, self.helping, self.from_minute, self.to_minute)  # type: ignore[arg-type]


class PlanIn(In):
    """A whole plan; ``base_version`` is the plan it was drafted on.

    It takes the place of the plan of ``for_day``'s weekday (today's if not given), with ``only_weekday``
    as that weekday's own plan. With ``applies_at`` it waits for that instant.
    """

    base_version: int
    entries: list[PlanEntryIn] = Field(min_length=1, max_length=5000)
    for_day: Day | None = None
    only_weekday: bool = False
    applies_at: Instant | None = None


class PlanEntryOut(Out):
    window_id: UUID
    queue_id: UUID
    helping: bool
    from_minute: int
    to_minute: int


class PlanOut(Out):
    version: int
    entries: list[PlanEntryOut]

    @classmethod
    def of(cls, plan: Plan) -> Self:
        return cls(
            version=plan.version, entries=[PlanEntryOut.model_validate(entry) for entry in plan.entries]
        )


class PublishedOut(Out):
    """What holds on the weekday now; ``waits`` is the number of a plan that holds from ``applies_at``.

    ``waiting`` is the number of whichever plan waits in the hall now, published by this or before.
    """

    version: int
    entries: list[PlanEntryOut]
    waits: int | None = None
    applies_at: datetime | None = None
    waiting: int | None = None

    @classmethod
    def of(cls, published: Published) -> Self:
        """Return the response for a published plan."""
        waiting = published.waiting
        return cls(
            version=published.plan.version,
            entries=[PlanEntryOut.model_validate(entry) for entry in published.plan.entries],
            waits=waiting.version if waiting and published.scheduled else None,
            applies_at=waiting.applies_at if waiting and published.scheduled else None,
            waiting=waiting.version if waiting else None,
        )


class VersionOut(Out):
    """A version: ``source`` manual, proposal, rollback, week, restored, kept, seed; ``holds_on`` weekdays.

    ``weekday`` is the only one that it is for, or null. One that has not been applied waits for
    ``applies_at``, unless it ``ended``: cancelled or overtaken.
    """

    version: int
    weekday: int | None
    source: str
    by: str
    applied_at: datetime | None
    applies_at: datetime | None
    ended: str
    holds_on: list[int]

    @classmethod
    def of(cls, view: VersionView) -> Self:
        """Return the response for a version."""
        own = view.version
        return cls(
            version=own.version, weekday=own.weekday, source=own.source, by=view.by_name,
            applied_at=own.applied_at, applies_at=own.applies_at, ended=own.ended,
            holds_on=list(view.holds_on),
        )  # fmt: skip


class VersionsOut(Out):
    """A hall's plans, newest first."""

    versions: list[VersionOut]

    @classmethod
    def of(cls, views: list[VersionView]) -> Self:
        """Return the response for several versions."""
        return cls(versions=[VersionOut.of(view) for view in views])


class ServedOut(Out):
    """A queue by its prefix, served as primary or only helping."""

    queue: str
    helping: bool


class ChangeOut(Out):
    """A stretch of the day, in local minutes, in which a window serves other queues after than before."""

    window: str
    from_minute: int
    to_minute: int
    before: list[ServedOut]
    after: list[ServedOut]


class DifferencesOut(Out):
    """What one plan says otherwise than another."""

    before: int
    after: int
    changes: list[ChangeOut]

    @classmethod
    def of(cls, found: Differences) -> Self:
        """Return the response, queues in the hall's order."""

        def served(cell: dict[QueueId, bool]) -> list[ServedOut]:
            return [
                ServedOut(queue=prefix, helping=cell[queue])
                for queue, prefix in found.queues.items()
                if queue in cell
            ]

        return cls(
            before=found.before,
            after=found.after,
            changes=[
                ChangeOut(
                    window=found.windows[change.window_id],
                    from_minute=change.from_minute,
                    to_minute=change.to_minute,
                    before=served(change.before),
                    after=served(change.after),
                )
                for change in found.changes
            ],
        )


class RestoreIn(In):
    """The plan that the old one replaces, and the weekday (0 = Monday) on which that one holds."""

    base_version: int
    weekday: Annotated[int, Field(ge=0, le=6)]


class FeedIn(In):
    """The window whose plan the link shows; null for the whole hall."""

    window_id: UUID | None = None


class NewFeedOut(Out):
    """A link's path below this host; it is shown only now."""

    id: UUID
    path: str

    @classmethod
    def of(cls, feed: NewFeed) -> Self:
        """Return the response for a new link."""
        return cls(id=feed.id, path=f"/api/v1/plan-feeds/{feed.token}.ics")


class FeedOut(Out):
    """A link that was handed out; ``window`` is a label, empty for the whole hall."""

    id: UUID
    window: str
    made_at: datetime


class FeedsOut(Out):
    """The links of a hall, newest first."""

    feeds: list[FeedOut]

    @classmethod
    def of(cls, views: list[FeedView]) -> Self:
        """Return the response for several links."""
        return cls(feeds=[FeedOut.model_validate(view) for view in views])

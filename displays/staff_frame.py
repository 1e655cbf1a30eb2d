"""What the modules of staff pages share: rendering inside the staff frame, plain data for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from displays.rendering import page, reader_of
from kernel.i18n import translator
from kernel.spreadsheets import sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import BaseModel
    from starlette.requests import Request

    from displays.staff_access import Visitor
    from kernel.catalogue import HallQueue
    from queueing.promises.schemas import ShareOut


def staff_page(request: Request, visitor: Visitor, template: str, **context: Any) -> Response:
    """Return a staff page; ``text`` leaves the places of texts for scripts open."""
    # The templates' own gettext would try to fill them.
    text = translator(reader_of(request).locale)
    session = {"me": visitor.staff, "csrf": visitor.csrf, "username": visitor.username, "left": visitor.left}
    values: dict[str, Any] = {"section": "", "hall": None, "text": text, **session, **context}
    return page(request, template, personal=True, **values)


def table_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """Return a table as a CSV file to be kept, never stored on the way."""
    return Response(
        sheet(columns, rows),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def plain(model: BaseModel) -> Any:
    """Return a response model as plain JSON values."""
    return model.model_dump(mode="json")


def queue_facts(queues: Sequence[HallQueue]) -> list[dict[str, Any]]:
    """Return a hall's queues for scripts; ``place`` decides the colour."""
    return [
        {
            "id": str(queue.id),
            "prefix": queue.prefix,
            "name_zh": queue.name_zh,
            "name_en": queue.name_en,
            "place": place,
        }
        for place, queue in enumerate(queues)
    ]


def share_cells(share: ShareOut) -> list[object]:
    """Return a share as cells of a file: count, of, low, high; what is not told of few is left empty."""
    if share.count is None or share.interval is None:
        return ["", share.of, "", ""]
    return [share.count, share.of, *(f"{end:.4f}" for end in share.interval)]

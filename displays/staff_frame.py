"""What the modules of staff pages share: rendering inside the staff frame, plain data for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from displays.rendering import page, reader_of
from kernel.i18n import translator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel
    from starlette.requests import Request
    from starlette.responses import Response

    from displays.staff_access import Visitor
    from kernel.catalogue import HallQueue


def staff_page(request: Request, visitor: Visitor, template: str, **context: Any) -> Response:
    """Return a staff page; ``text`` leaves the places of texts for scripts open."""
    # The templates' own gettext would try to fill them.
    text = translator(reader_of(request).locale)
    values = {"section": "", "hall": None, "text": text, **context}
    return page(request, template, personal=True, me=visitor.staff, csrf=visitor.csrf, **values)


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

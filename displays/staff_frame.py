"""What every staff page is drawn with."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from displays.rendering import page, reader_of
from displays.staff_access import Visitor
from kernel.i18n import translator


def staff_page(request: Request, visitor: Visitor, template: str, **context: Any) -> Response:
    """Render a staff page for whoever is signed in."""
    # Texts for scripts keep their places open, which the templates' own gettext would try to fill.
    text = translator(reader_of(request).locale)
    values = {"section": "", "hall": None, "text": text, **context}
    return page(request, template, personal=True, me=visitor.staff, csrf=visitor.csrf, **values)

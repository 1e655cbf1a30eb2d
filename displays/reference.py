"""Pages that explain: the API without the internet, and what each problem means."""

import sys
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import HTMLResponse

from booking.errors import AppointmentNotFound
from displays.errors import DeviceUnknown, ProblemPageMissing
from displays.rendering import came_from, environment, page, reader_of
from displays.rules import api_docs
from displays.rules.way_back import standing_page
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.i18n import translator
from kernel.web.access import Public
from kernel.web.problems import refuses
from queueing.errors import TicketNotFound

# Beside the packages in a checkout; under the prefix where a wheel's data files go.
PROBLEM_FOLDERS = (
    Path(__file__).parent.parent / "docs" / "problems",
    Path(sys.prefix) / "share" / "jinban" / "problems",
)

_TELLING = Lock()

router = APIRouter(include_in_schema=False)


@router.get("/docs", dependencies=[Public])
def api_reference(request: Request) -> HTMLResponse:
    """Describe every operation, from the app's own OpenAPI description."""
    described: dict[str, Any] = request.app.openapi()
    told = _told_operations(request.app, reader_of(request).locale)
    return page(request, "public/api_docs.html", info=described["info"], operations=told)


def _told_operations(app: FastAPI, locale: str) -> Markup:
    """Return all operations as HTML, made once a language: a second's work, and anybody may ask for it."""
    with _TELLING:
        told: dict[str, Markup] = getattr(app.state, "told_operations", {})
        if locale not in told:
            described: dict[str, Any] = app.openapi()
            text = (
                environment(locale)
                .get_template("public/api_operations.html")
                .render(
                    by_tag=api_docs.operations(described),
                    schemas=api_docs.schemas(described),
                    render=markdown,
                )
            )
            app.state.told_operations = told = told | {locale: Markup(text)}  # noqa: S704 - autoescaped there
        return told[locale]


@router.get("/problems/{code}", dependencies=[Public], responses=refuses(ProblemPageMissing))
async def problem(code: str, request: Request) -> HTMLResponse:
    """Explain a problem by its code."""
    text = problem_texts().get(code)
    if text is None:
        raise ProblemPageMissing(code=code)
    return page(request, "public/problem.html", code=code, explained=markdown(text))


def problem_page(request: Request, refused: Refusal) -> HTMLResponse:
    """Return a refusal as a page, for people; programs get the same as a problem document.

    It leads back to the ticket, appointment or form that the step was taken from: whoever came by a link
    has no other way there. A kiosk's keeps its own start, or the machine would stand on this page for good.
    """
    say = translator(reader_of(request).locale)
    help_text = refused.help if refused.help_on_page is None else refused.help_on_page
    headers = {}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(refused.retry_after.total_seconds())))
    kiosk = _kiosk_of(request, refused)
    return page(
        request,
        "public/kiosk_refused.html" if kiosk else "public/refused.html",
        status=refused.status,
        personal=True,
        headers=headers,
        refused=refused,
        title=say(refused.title),
        help=say(help_text) if help_text else "",
        explained=refused.code in problem_texts(),
        back=_way_back(request, refused),
        again=refused.retry_after is not None and request.method == "GET",
        kiosk=kiosk,
    )


def _way_back(request: Request, refused: Refusal) -> str | None:
    if isinstance(refused, (TicketNotFound, AppointmentNotFound)):
        return None  # what the link is for is not there
    back = standing_page(request.url.path, came_from(request))
    itself = request.method == "GET" and back == request.url.path
    return None if itself or back == "/" else back


def _kiosk_of(request: Request, refused: Refusal) -> str | None:
    """Return the code of the hall in whose kiosk the page stands; a browser that is no kiosk has none."""
    _, first, *rest = request.url.path.split("/")
    return rest[0] if first == "kiosk" and not isinstance(refused, (DeviceUnknown, HallNotFound)) else None


@cache
def problem_texts() -> dict[str, str]:
    """Return the explanation of each problem by its code."""
    folder = next((folder for folder in PROBLEM_FOLDERS if folder.is_dir()), None)
    found = sorted(folder.glob("*.md")) if folder else []
    return {path.stem: path.read_text(encoding="utf-8") for path in found}


def markdown(text: str) -> Markup:
    """Return Markdown as HTML; HTML inside it stays text."""
    return Markup(MarkdownIt("commonmark", {"html": False}).render(text))  # noqa: S704 - of our own docs

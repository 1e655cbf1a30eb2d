"""Pages that explain: the API without the internet, and what each problem means."""

import sys
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import HTMLResponse

from displays.errors import ProblemPageMissing
from displays.rendering import page, reader_of
from displays.rules import api_docs
from kernel.errors import Refusal
from kernel.i18n import translator
from kernel.web.access import Public
from kernel.web.problems import refuses

# Beside the packages in a checkout; under the prefix where a wheel's data files go.
PROBLEM_FOLDERS = (
    Path(__file__).parent.parent / "docs" / "problems",
    Path(sys.prefix) / "share" / "jinban" / "problems",
)

router = APIRouter(include_in_schema=False)


@router.get("/docs", dependencies=[Public])
async def api_reference(request: Request) -> HTMLResponse:
    """Describe every operation, from the app's own OpenAPI description."""
    described: dict[str, Any] = request.app.openapi()
    return page(
        request,
        "public/api_docs.html",
        info=described["info"],
        by_tag=api_docs.operations(described),
        schemas=api_docs.schemas(described),
        render=markdown,
    )


@router.get("/problems/{code}", dependencies=[Public], responses=refuses(ProblemPageMissing))
async def problem(code: str, request: Request) -> HTMLResponse:
    """Explain a problem by its code."""
    text = problem_texts().get(code)
    if text is None:
        raise ProblemPageMissing(code=code)
    return page(request, "public/problem.html", code=code, explained=markdown(text))


def problem_page(request: Request, refused: Refusal) -> HTMLResponse:
    """Return a refusal as a page, for people; programs get the same as a problem document."""
    say = translator(reader_of(request).locale)
    headers = {}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(refused.retry_after.total_seconds())))
    return page(
        request,
        "public/refused.html",
        status=refused.status,
        personal=True,
        headers=headers,
        refused=refused,
        title=say(refused.title),
        help=say(refused.help) if refused.help else "",
        explained=refused.code in problem_texts(),
    )


@cache
def problem_texts() -> dict[str, str]:
    """Return the explanation of each problem by its code."""
    folder = next((folder for folder in PROBLEM_FOLDERS if folder.is_dir()), None)
    found = sorted(folder.glob("*.md")) if folder else []
    return {path.stem: path.read_text(encoding="utf-8") for path in found}


def markdown(text: str) -> Markup:
    """Return Markdown as HTML; HTML inside it stays text."""
    return Markup(MarkdownIt("commonmark", {"html": False}).render(text))

"""A citizen's ticket without the server: the page that tells how it stood, and the worker that keeps it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from displays.rendering import page
from displays.workers import with_imports, worker_script
from kernel.web.access import Public

WORKER = "js/ticket/worker.js"
# What the page is made of: fonts are the phone's own.
_PARTS = ("icon.svg", "css/tokens.css", "css/base.css", "css/citizen.css", "js/page.js", "js/ticket/away.js")

router = APIRouter(include_in_schema=False, dependencies=[Public])


@router.get("/t/away")
async def away(request: Request) -> Response:
    """Show the page that tells how a ticket stood; it holds no ticket, the browser fills it in."""
    return page(request, "public/ticket_away.html", personal=True)


@router.get("/t/worker.js")
async def worker() -> Response:
    """Serve the worker of all tickets' pages."""
    return worker_script(WORKER, "/t", with_imports(*_PARTS))

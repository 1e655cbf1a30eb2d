"""The clerk's desk without its server: the worker that keeps its page."""

from fastapi import APIRouter
from starlette.responses import Response

from displays.staff_access import DeskPage
from displays.workers import with_imports, worker_script

WORKER = "staff/away/worker.js"
HOME = "/staff/windows"
# What a desk is made of: fonts are the machine's own.
PARTS = (
    *("icon.svg", "css/tokens.css", "css/base.css", "staff/staff.css"),
    *("js/page.js", "staff/menu.js", "staff/session.js", "staff/desk.js"),
)

router = APIRouter(include_in_schema=False)


@router.get(f"{HOME}/worker.js")
async def worker(_visitor: DeskPage) -> Response:
    """Serve the worker."""
    return worker_script(WORKER, HOME, with_imports(*PARTS))

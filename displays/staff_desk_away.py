"""The clerk's desk without its server: the worker that keeps its page."""

import json

from fastapi import APIRouter
from starlette.responses import Response

from displays.rendering import asset_url, assets, assets_digest
from displays.staff_access import DeskPage

WORKER = "staff/away/worker.js"
HOME = "/staff/windows"
# What a desk is made of: fonts are the machine's own.
PARTS = (
    *("icon.svg", "css/tokens.css", "css/base.css", "staff/staff.css", "js/page.js"),
    *("staff/session.js", "staff/desk.js", "staff/desk_view.js", "staff/desk_park.js", "staff/desk_pause.js"),
    *("staff/desk_services.js", "staff/desk_transfer.js", "staff/api.js", "staff/help.js", "staff/live.js"),
    *(
        "staff/desk_booking.js",
        "staff/desk_next.js",
        "staff/desk_return.js",
        "staff/screens.js",
        "staff/page.js",
    ),
    *("staff/away/alone.js", "staff/away/keep.js", "staff/away/panel.js"),
)

router = APIRouter(include_in_schema=False)


@router.get(f"{HOME}/worker.js")
async def worker(_visitor: DeskPage) -> Response:
    """Serve the worker; it changes with any asset, and so brings every update with it."""
    known = {"HOME": HOME, "VERSION": assets_digest(), "ASSETS": [asset_url(name) for name in PARTS]}
    before = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in known.items())
    return Response(
        before.encode() + assets()[WORKER].content,
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache"},
    )

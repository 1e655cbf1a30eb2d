"""Screens on walls without their server: the workers that keep the pages of lobbies and of windows."""

from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from displays.window import Label
from displays.workers import with_imports, worker_script
from kernel import catalogue
from kernel.events import HallNotFound
from kernel.web.access import Public
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

WORKER = "js/screens/worker.js"
# What the pages of screens are made of: fonts are the machine's own.
LOBBY = ("icon.svg", "css/tokens.css", "css/lobby.css", "js/lobby/main.js")
WINDOW = ("icon.svg", "css/tokens.css", "css/window.css", "js/window/main.js")

router = APIRouter(include_in_schema=False)


@router.get("/lobby/{code}/worker.js", dependencies=[Public], responses=refuses(HallNotFound))
async def lobby_worker(code: str, here: PartsDep) -> Response:
    """Serve the worker of a hall's lobby screens."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    return worker_script(WORKER, f"/lobby/{quote(hall.code)}", with_imports(*LOBBY), beside=True)


@router.get("/window/{code}/{label}/worker.js", dependencies=[Public], responses=refuses(HallNotFound))
async def window_worker(code: str, label: Label, here: PartsDep) -> Response:
    """Serve the worker of the screen above a window."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    home = f"/window/{quote(hall.code)}/{quote(label)}"
    return worker_script(WORKER, home, with_imports(*WINDOW), beside=True)

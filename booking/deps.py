"""What routes of booking ask for beside the kernel's parts."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from geo.routing import Router


def _router(connection: HTTPConnection) -> Router:
    return cast("Router", connection.app.state.roads)


RoadsDep = Annotated[Router, Depends(_router)]

"""What routes of booking ask for beside the kernel's parts."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from booking.licences.errors import NoLicencesHere
from booking.licences.port import LicenceSystem
from geo.routing import Router


def _router(connection: HTTPConnection) -> Router:
    return cast("Router", connection.app.state.roads)


RoadsDep = Annotated[Router, Depends(_router)]


def licences_of(connection: HTTPConnection) -> LicenceSystem:
    """Return the installation's licence system; raises ``NoLicencesHere``."""
    found = cast("LicenceSystem | None", connection.app.state.licences)
    if found is None:
        raise NoLicencesHere
    return found


LicencesDep = Annotated[LicenceSystem, Depends(licences_of)]

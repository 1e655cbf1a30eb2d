"""Access rules: every route and websocket names one, and a test fails on a route without.

Staff come with a session cookie (then unsafe requests must also carry the CSRF token) or, programs,
with ``Authorization: Bearer``. Devices come with their token as a cookie or bearer. Citizens hold
capability tokens, which the use cases check, so their routes are marked ``holder``.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from kernel.errors import Forbidden, NotSignedIn
from kernel.identity import Device, Role, Staff, WrongRole, device_by_token, staff_by_token
from kernel.secrets import Vault
from kernel.web.parts import parts

STAFF_COOKIE = "jinban_staff"
DEVICE_COOKIE = "jinban_device"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfMissing(Forbidden):
    code, title = "csrf-token-missing", "This request does not come from one of our pages."
    help = "Reload the page and try again; programs send their session as a bearer token."


def csrf_token(session_token: str, vault: Vault) -> str:
    """Return the token that pages of this session send with every change."""
    return vault.digest(session_token, field="csrf").hex()


def _bearer(connection: HTTPConnection) -> str | None:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" and token else None


async def signed_in_staff(connection: HTTPConnection) -> Staff | None:
    """Return the staff member behind this connection, or None; raises ``CsrfMissing``."""
    here = parts(connection)
    bearer = _bearer(connection)
    token = bearer or connection.cookies.get(STAFF_COOKIE)
    if not token:
        return None
    staff = await here.database.read(staff_by_token, token, vault=here.vault, now=here.clock.now())
    if staff is not None and bearer is None:
        await _check_csrf(connection, token, here.vault)
    return staff


async def _check_csrf(connection: HTTPConnection, token: str, vault: Vault) -> None:
    if connection.scope["type"] == "websocket" or connection.scope["method"] in SAFE_METHODS:
        return
    sent = connection.headers.get(CSRF_HEADER) or await _csrf_field(connection)
    if not hmac.compare_digest(sent, csrf_token(token, vault)):
        raise CsrfMissing


async def _csrf_field(connection: HTTPConnection) -> str:
    form_types = ("application/x-www-form-urlencoded", "multipart/form-data")
    if not connection.headers.get("content-type", "").startswith(form_types):
        return ""
    form = await connection.form()  # type: ignore[attr-defined]
    return str(form.get("csrf_token", ""))


async def known_device(connection: HTTPConnection) -> Device | None:
    """Return the device behind this connection, or None."""
    here = parts(connection)
    token = _bearer(connection) or connection.cookies.get(DEVICE_COOKIE)
    if not token:
        return None
    return await here.database.read(device_by_token, token, vault=here.vault)


def public(_connection: HTTPConnection) -> None:
    """Anyone may; nothing here is about a person."""


def holder(_connection: HTTPConnection) -> None:
    """Whoever holds the capability token in the request; the use case looks it up by its hash."""


def staff_as(*roles: Role) -> Callable[[HTTPConnection], Awaitable[Staff]]:
    """Return a rule that lets in staff of these roles; an administrator may always."""

    async def rule(connection: HTTPConnection) -> Staff:
        staff = await signed_in_staff(connection)
        if staff is None:
            raise NotSignedIn
        if staff.role not in roles and staff.role is not Role.ADMINISTRATOR:
            raise WrongRole(role=staff.role, needed=[role.value for role in roles])
        return staff

    rule.access_rule = "staff: " + ", ".join(roles)  # type: ignore[attr-defined]
    return rule


def device_as(kind: str) -> Callable[[HTTPConnection], Awaitable[Device]]:
    """Return a rule that lets in devices of one kind."""

    async def rule(connection: HTTPConnection) -> Device:
        device = await known_device(connection)
        if device is None:
            raise NotSignedIn
        if device.kind != kind:
            raise WrongRole(kind=device.kind, needed=[kind])
        return device

    rule.access_rule = f"device: {kind}"  # type: ignore[attr-defined]
    return rule


public.access_rule = "public"  # type: ignore[attr-defined]
holder.access_rule = "holder of a capability token"  # type: ignore[attr-defined]

Public = Depends(public)
Holder = Depends(holder)
Clerk = Annotated[Staff, Depends(staff_as(Role.CLERK, Role.MANAGER))]
Manager = Annotated[Staff, Depends(staff_as(Role.MANAGER))]
Supervisor = Annotated[Staff, Depends(staff_as(Role.SUPERVISOR))]
AnyStaff = Annotated[Staff, Depends(staff_as(Role.CLERK, Role.MANAGER, Role.SUPERVISOR))]
Kiosk = Annotated[Device, Depends(device_as("kiosk"))]
Lobby = Annotated[Device, Depends(device_as("lobby"))]

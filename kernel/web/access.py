"""Access rules: every route and websocket names one, and a test fails on a route without.

Staff come with a session cookie (then unsafe requests must also carry the CSRF token) or, programs,
with ``Authorization: Bearer``. Devices come with their token as a cookie or bearer. Citizens hold
capability tokens, which the use cases check, so their routes are marked ``holder``.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from starlette.requests import HTTPConnection, Request

from kernel.devices import device_by_token, note_heard
from kernel.errors import Busy, Forbidden, NotSignedIn
from kernel.identity import Device, Role, SignedIn, Staff, WrongRole, signed_in
from kernel.origin import origin, set_origin
from kernel.secrets import Vault
from kernel.sessions import NOTED_EVERY, note_active, note_moved
from kernel.web.parts import Parts, parts

STAFF_COOKIE = "jinban_staff"
DEVICE_COOKIE = "jinban_device"
CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

Rule = TypeVar("Rule", bound=Callable[..., Any])


class CsrfMissing(Forbidden):
    code, title = "csrf-token-missing", "This request does not come from one of our pages."
    help = "Reload the page and try again; programs send their session as a bearer token."


def csrf_token(session_token: str, vault: Vault) -> str:
    """Return the token that pages of this session send with every change."""
    return vault.digest(session_token, field="csrf").hex()


def _bearer(connection: HTTPConnection) -> str | None:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" and token else None


def token_of(connection: HTTPConnection) -> str:
    """Return the session's token that came with this connection, or nothing."""
    return _bearer(connection) or connection.cookies.get(STAFF_COOKIE, "")


async def signed_in_here(connection: HTTPConnection, *, noted: bool = True) -> SignedIn | None:
    """Return the session behind this connection, or None; raises ``CsrfMissing``.

    What the person asked for is ``noted``, so that the session does not end for idleness.
    """
    here, token = parts(connection), token_of(connection)
    if not token:
        return None
    now, idle = here.clock.now(), here.settings.staff_idle
    found = await here.database.read(signed_in, token, vault=here.vault, now=now, idle=idle)
    if found is None:
        return None
    set_origin(replace(origin(), session=found.mark))
    if _bearer(connection) is None:
        await _check_csrf(connection, token, here.vault)
    if found.address != origin().address and _asked_by_person(connection):
        await _moved(connection, token, found)
    if noted and _asked_by_person(connection) and now - found.active_at >= NOTED_EVERY:
        return await _noted(here, token, found)
    return found


def _asked_by_person(connection: HTTPConnection) -> bool:
    """Return whether a person stands behind a request, and not a page that refreshes itself.

    A change, a page that is opened, and whatever a program asks for. Polls are GETs by script, which
    browsers mark (or, without TLS, do not mark as opening a page); a websocket asks for nothing.
    """
    if connection.scope["type"] == "websocket":
        return False
    if _bearer(connection) is not None or connection.scope["method"] not in SAFE_METHODS:
        return True
    mode = connection.headers.get("sec-fetch-mode")
    opening = connection.headers.get("upgrade-insecure-requests") == "1"
    return mode == "navigate" if mode is not None else opening


async def _noted(here: Parts, token: str, found: SignedIn) -> SignedIn:
    now = here.clock.now()
    with suppress(Busy):  # not noted, the session ends earlier; the request itself goes on
        await here.database.write(note_active, token, vault=here.vault, at=now)
        return replace(found, active_at=now)
    return found


async def _moved(connection: HTTPConnection, token: str, found: SignedIn) -> None:
    """Note from where the session is used now; a change waits for the note, a look goes on without."""
    here = parts(connection)
    try:
        await here.database.write(note_moved, found.staff.id, token, vault=here.vault, at=here.clock.now())
    except Busy:
        if connection.scope["method"] not in SAFE_METHODS:
            raise


async def _check_csrf(connection: HTTPConnection, token: str, vault: Vault) -> None:
    if connection.scope["type"] == "websocket" or connection.scope["method"] in SAFE_METHODS:
        return
    sent = connection.headers.get(CSRF_HEADER) or await _csrf_field(connection)
    # As bytes: of texts it takes none but ASCII, and anybody may send others, halves of characters too.
    if not hmac.compare_digest(sent.encode(errors="replace"), csrf_token(token, vault).encode()):
        raise CsrfMissing


async def _csrf_field(connection: HTTPConnection) -> str:
    form_types = ("application/x-www-form-urlencoded", "multipart/form-data")
    if not connection.headers.get("content-type", "").startswith(form_types):
        return ""
    assert isinstance(connection, Request)
    try:
        form = await connection.form()
    except ValueError:  # in an encoding that nobody can read, by its own word
        return ""
    return str(form.get("csrf_token", ""))


async def known_device(connection: HTTPConnection) -> Device | None:
    """Return the device behind this connection, or None; that it was heard of is noted now and then."""
    here = parts(connection)
    token = _bearer(connection) or connection.cookies.get(DEVICE_COOKIE)
    if not token:
        return None
    found = await here.database.read(device_by_token, token, vault=here.vault)
    now = here.clock.now()
    if found is not None and found.to_be_noted(now):
        with suppress(Busy):  # noted with its next request; this one goes on
            await here.database.write(note_heard, found.id, now)
    return found


def told_as(name: str, rule: Rule) -> Rule:
    """Name an access rule, for the description of the API and for the check that every route has one."""
    rule.access_rule = name  # type: ignore[attr-defined]
    return rule


def public(_connection: HTTPConnection) -> None:
    """Anyone may; nothing here is about a person."""


def holder(_connection: HTTPConnection) -> None:
    """Whoever holds the capability token in the request; the use case looks it up by its hash."""


def staff_as(*roles: Role, noted: bool = True) -> Callable[[HTTPConnection], Awaitable[Staff]]:
    """Return a rule that lets in staff of these roles; an administrator may always.

    ``noted``: whether asking keeps the session; not where the page itself says when it was touched.
    """

    async def rule(connection: HTTPConnection) -> Staff:
        found = await signed_in_here(connection, noted=noted)
        if found is None:
            raise NotSignedIn
        staff = found.staff
        if staff.role not in roles and staff.role is not Role.ADMINISTRATOR:
            raise WrongRole(role=staff.role, needed=[role.value for role in roles])
        return staff

    return told_as("staff: " + ", ".join(roles), rule)


def device_as(kind: str) -> Callable[[HTTPConnection], Awaitable[Device]]:
    """Return a rule that lets in devices of one kind."""

    async def rule(connection: HTTPConnection) -> Device:
        device = await known_device(connection)
        if device is None:
            raise NotSignedIn
        if device.kind != kind:
            raise WrongRole(kind=device.kind, needed=[kind])
        return device

    return told_as(f"device: {kind}", rule)


Public = Depends(told_as("public", public))
Holder = Depends(told_as("holder of a capability token", holder))
Clerk = Annotated[Staff, Depends(staff_as(Role.CLERK, Role.MANAGER))]
Manager = Annotated[Staff, Depends(staff_as(Role.MANAGER))]
Supervisor = Annotated[Staff, Depends(staff_as(Role.SUPERVISOR))]
AnyStaff = Annotated[Staff, Depends(staff_as(Role.CLERK, Role.MANAGER, Role.SUPERVISOR))]
TouchedPage = Annotated[Staff, Depends(staff_as(Role.CLERK, Role.MANAGER, Role.SUPERVISOR, noted=False))]
Kiosk = Annotated[Device, Depends(device_as("kiosk"))]
Lobby = Annotated[Device, Depends(device_as("lobby"))]

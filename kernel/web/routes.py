"""Routers become part of an app, or of each other, with the very routes that they made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI


def take_over(into: FastAPI | APIRouter, *routers: APIRouter) -> None:
    """Add the routes of these routers, which stand for themselves: prefix, rules and tags are their own.

    ``include_router`` would make each route once more for every app, all its types too, when the first
    request comes, and would then match every request twice; a process here has some 300 of them.
    """
    for router in routers:
        into.routes.extend(router.routes)

"""What all pages share: static files under their content hash, the switches for language and text size."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from displays.errors import AssetNotFound
from displays.rendering import LANGUAGE_COOKIE, LARGE_TEXT, TEXT_COOKIE, assets, assets_digest
from kernel.i18n import LOCALES
from kernel.web.access import Public
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

A_YEAR_S = 365 * 24 * 3600

router = APIRouter(include_in_schema=False)
static_router = APIRouter(include_in_schema=False)


@static_router.get("/static/{digest}/{name:path}", dependencies=[Public], responses=refuses(AssetNotFound))
async def static_file(digest: str, name: str, request: Request) -> Response:
    """Serve a file; for ever under the present hash, never stored under an older one."""
    asset = assets().get(name)
    if asset is None:
        raise AssetNotFound(name=name)
    present = digest == assets_digest()
    headers = {
        "Cache-Control": f"public, max-age={A_YEAR_S}, immutable" if present else "no-store",
        "Vary": "Accept-Encoding",
    }
    if asset.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.gzipped, media_type=asset.media_type, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)


@router.post("/preferences", dependencies=[Public])
async def choose_reading(
    here: PartsDep,
    next: Annotated[str, Form()] = "/",
    language: Annotated[str | None, Form()] = None,
    text: Annotated[str | None, Form()] = None,
    anew: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """Remember the language or the text size in a cookie and lead back to the page.

    ``anew`` forgets both first: a machine in a hall is the next person's.
    """
    answer = RedirectResponse(local_path(next), status_code=303)
    for name in (LANGUAGE_COOKIE, TEXT_COOKIE) if anew else ():
        answer.delete_cookie(name)
    for name, value, known in (
        (LANGUAGE_COOKIE, language, LOCALES),
        (TEXT_COOKIE, text, (LARGE_TEXT, "normal")),
    ):
        if value in known:
            secure = here.settings.secure_cookies
            answer.set_cookie(name, value, max_age=A_YEAR_S, samesite="lax", secure=secure, httponly=True)
    return answer


def local_path(target: str) -> str:
    """Return the target if it is a path of this site, else the front page; never another host.

    >>> local_path("/halls?service=id-card"), local_path("//evil.example"), local_path("https://x.example")
    ('/halls?service=id-card', '/', '/')
    """
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if plain else "/"

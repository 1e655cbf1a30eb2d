"""Workers: scripts that keep a page, and all that it is made of, for the time without the server."""

import json
import posixpath
import re
from collections.abc import Iterable

from starlette.responses import Response

from displays.rendering import asset_url, assets, assets_digest

_SHARED = "js/workers.js"
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""")


def with_imports(*names: str) -> tuple[str, ...]:
    """Return these static files and every module that they import, in order. Raises KeyError."""
    found: dict[str, None] = {}
    waiting = list(reversed(names))
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = None
        if name.endswith(".js"):
            folder = posixpath.dirname(name)
            own = _IMPORT.findall(assets()[name].content.decode())
            waiting += [posixpath.normpath(posixpath.join(folder, module)) for module in own]
    return tuple(found)


def worker_script(worker: str, home: str, made_of: Iterable[str], *, beside: bool = False) -> Response:
    """Return a worker's script for the pages under `home`, after what all share; an asset changes it.

    `beside`: it also minds `home` itself, which lies beside the worker's own folder.
    """
    known = {"HOME": home, "VERSION": assets_digest(), "ASSETS": [asset_url(name) for name in made_of]}
    before = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in known.items())
    return Response(
        before.encode() + assets()[_SHARED].content + assets()[worker].content,
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache"} | ({"Service-Worker-Allowed": home} if beside else {}),
    )

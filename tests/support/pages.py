"""Pages as somebody reads them."""

from __future__ import annotations

import html

import httpx2


async def shown(client: httpx2.AsyncClient, address: str) -> str:
    """Return a page in Chinese, its characters as they are read."""
    answer = await client.get(address, headers={"Accept-Language": "zh"})
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)

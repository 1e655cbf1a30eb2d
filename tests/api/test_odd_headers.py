"""Whatever stands in a request's headers, it is answered: an error of ours in a refusal cuts the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kernel.web.access import STAFF_COOKIE

if TYPE_CHECKING:
    import httpx2

    from tests.support.small_city import SmallCity

HTML = {"Accept": "text/html"}
NO_ADDRESS = ("http://[", "http://[::1", "//[", "[", "http://[::1]]/")


@pytest.mark.parametrize("referrer", NO_ADDRESS)
async def test_a_referrer_that_is_no_address_leads_back_nowhere(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, referrer: str
) -> None:
    headers = {**HTML, "Referer": referrer}
    assert (await sqlite_client.get("/nothing", headers=headers)).status_code == 404
    assert (await sqlite_client.post("/t/nobody/more-time", headers=headers)).status_code in (404, 422)


@pytest.mark.parametrize(
    ("charset", "sent"), [("undefined", "a"), ("utf-7", "+2AA-"), ("punycode", "\xff-x")]
)
async def test_a_form_in_an_encoding_that_nobody_reads_is_no_form_of_ours(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, charset: str, sent: str
) -> None:
    body = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{sent}\r\n--b--\r\n'
    answer = await sqlite_client.post(
        "/staff/sign-out",
        content=body.encode("latin-1"),
        headers={
            "Content-Type": f"multipart/form-data; boundary=b; charset={charset}",
            "Cookie": f"{STAFF_COOKIE}={sqlite_city.tokens['manager']}",
        },
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf-token-missing")

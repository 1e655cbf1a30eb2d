"""What the catalogue says of services and halls, in a real browser: it fits, without fault, by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect
from sqlalchemy import update

from booking.city import forget_city
from kernel.tables import HallRow, ServiceRow
from tests.browser.test_citizen_pages import PHONE, SMALL_PHONE, assert_fits, in_large_print, serious_faults

if TYPE_CHECKING:
    from sqlmodel import Session

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SERVICES, HALLS = ServiceRow.__table__, HallRow.__table__  # type: ignore[attr-defined]
ADDRESSES = (
    *("/services", "/services?kind=at-once", "/services/id-card", "/?q=身份证"),
    *("/halls?service=id-card", "/book?hall=H1&service=id-card", "/halls/H1/way?service=id-card"),
)


def say(served: Served) -> None:
    def unit(session: Session) -> None:
        told: dict[str, Any] = {
            "online": True,
            "at_once": True,
            "online_note_zh": "粤省事可办。",
            "online_note_en": "In the province's app.",
            "online_link": "https://www.example.org/apply?item=7",
            "prerequisites": [["本人到场", "Come in person"]],
            "steps": [
                ["采集相片和指纹", "Photo and fingerprints are taken"],
                ["领取回执", "Take the receipt"],
            ],
            "marks": ["papers", "forms", "seals", "signatures"],
        }
        session.execute(update(SERVICES).where(SERVICES.c.code == "id-card").values(**told))
        address = "汕尾市城区香洲街道香洲路 1 号市民服务广场东侧"
        session.execute(
            update(HALLS).where(HALLS.c.code == "H1").values(address_zh=address, phone="0660-3390000 转 12")
        )
        forget_city(session)

    served.parts.database.write_now(unit)


@pytest.mark.parametrize("watched", [PHONE, SMALL_PHONE], indirect=True, ids=["phone", "small"])
async def test_pages_fit_a_phone_and_have_no_fault(served: Served, watched: Watched) -> None:
    say(served)
    page = await watched.open("/")
    width = (page.viewport_size or {"width": 0})["width"]
    if width < 390:
        await in_large_print(page)
    for address in ADDRESSES:
        await page.goto(served.url + address)
        assert await serious_faults(page) == [], address
        await assert_fits(page)
    watched.assert_kept_the_rules()


async def test_a_list_leads_to_a_service_by_keyboard(served: Served, watched: Watched) -> None:
    say(served)
    page = await watched.open("/services")
    await page.get_by_role("link", name="即来即办 1").press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("即来即办")
    await page.get_by_role("link", name="身份证补领").press("Enter")
    await expect(page.get_by_role("link", name="网上办理")).to_have_attribute(
        "href", "https://www.example.org/apply?item=7"
    )
    watched.assert_kept_the_rules()


@pytest.mark.parametrize("watched", [{"viewport": {"width": 1080, "height": 1920}}], indirect=True)
async def test_a_kiosk_shows_the_code_and_still_gives_the_number(served: Served, watched: Watched) -> None:
    say(served)
    page = await watched.open(f"/kiosk/H1?device={served.city.tokens['kiosk']}")
    await page.goto(served.url + "/kiosk/H1/queues/A/id-card")
    code = page.get_by_role("img", name="网上办理二维码")
    await expect(code).to_be_visible()
    assert await code.evaluate("image => image.naturalWidth > 0")
    assert await serious_faults(page) == []
    async with page.expect_navigation():
        await page.locator("main button", has_text="取号").first.click()
    await expect(page.locator(".paper__number")).to_have_text("A001")
    watched.assert_kept_the_rules()

"""The page on a phone: nothing is cut off, and each place can be reached."""

import pytest
from playwright.async_api import Page, expect

from .page_server import PageServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PHONE = {"width": 390, "height": 844}
LONG = "A line of a message that is longer than a phone is wide. " * 4


async def test_a_message_has_the_width_of_a_phone(page: Page, slack: PageServer) -> None:
    slack.post("D_ANA", text=f"{LONG} `https://notebook-with-a-long-name.example.com/`")
    await page.set_viewport_size(PHONE)
    await page.goto("/?user=U_ANA&place=D_ANA")
    message = page.get_by_test_id("message")
    await expect(message).to_be_visible()
    box = await message.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, PHONE["width"])
    wide = "[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > innerWidth).length"
    assert await page.evaluate(wide) == 0


async def test_the_rail_leads_to_the_channel_and_to_the_app(page: Page, slack: PageServer) -> None:
    slack.post("C_GENERAL", "U_BOB", text="hello from Bob")
    slack.post("D_ANA", text="hello from the app")
    await page.set_viewport_size(PHONE)
    await page.goto("/?user=U_ANA&place=D_ANA")
    await expect(page.get_by_text("hello from the app")).to_be_visible()
    await page.get_by_test_id("rail-home").click()
    await expect(page.get_by_text("hello from Bob")).to_be_visible()
    await page.get_by_test_id("rail-dms").click()
    await expect(page.get_by_test_id("composer")).to_be_visible()

"""Actions of a person: the composer, buttons, menus, Home and the traffic inspector."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from .blocks import actions, button, option, plain
from .page_server import PageServer

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

GENERAL = "/?user=U_ANA&place=C_GENERAL"
DIRECT = "/?user=U_ANA&place=D_ANA"


DELETE = button(
    "Delete",
    "delete",
    style="danger",
    value="s1",
    confirm={
        "title": plain("Delete quiet-otter?"),
        "text": plain("Its disk goes too."),
        "confirm": plain("Delete"),
        "deny": plain("Keep it"),
    },
)


async def test_a_slash_command_is_hinted_completed_by_keyboard_and_sent(
    page: Page, slack: PageServer
) -> None:
    await page.goto(GENERAL)
    composer = page.get_by_test_id("composer")
    await composer.press_sequentially("/no")
    await expect(page.get_by_test_id("hints")).to_contain_text("create ubuntu [name]")
    await composer.press("Enter")
    await expect(composer).to_have_value("/notebook ")
    await expect(page.get_by_test_id("usage")).to_contain_text("Get a notebook server")
    await composer.press_sequentially("create ubuntu")
    await composer.press("Enter")
    await expect(composer).to_have_value("")
    sent = {"user": "U_ANA", "channel": "C_GENERAL", "text": "/notebook create ubuntu"}
    assert slack.bodies("commands") == [sent]


async def test_a_message_is_escaped_and_its_mentions_become_ids(
    page: Page, slack: PageServer
) -> None:
    await page.goto(GENERAL)
    await page.get_by_test_id("composer").press_sequentially("hi @bo")
    await page.keyboard.press("Tab")
    await page.keyboard.type("is 1 < 2?")
    await page.get_by_test_id("send").click()
    await expect(page.locator(".message-text")).to_have_text("hi @Bob is 1 < 2?")
    assert slack.bodies("messages")[0]["text"] == "hi <@U_BOB> is 1 &lt; 2?"


async def test_arrow_up_recalls_what_was_sent_and_a_draft_survives_a_reload(
    page: Page, slack: PageServer
) -> None:
    await page.goto(GENERAL)
    composer = page.get_by_test_id("composer")
    for text in ("/notebook list", "/notebook help"):
        await composer.fill(text)
        await composer.press("Enter")
    await composer.press("ArrowUp")
    await expect(composer).to_have_value("/notebook help")
    await composer.press("ArrowUp")
    await expect(composer).to_have_value("/notebook list")
    await page.reload()
    await expect(composer).to_have_value("/notebook list")


async def test_a_button_sends_its_action_and_value(page: Page, slack: PageServer) -> None:
    ts = slack.post(blocks=actions(button("Stop", "stop", value="s1")))
    await page.goto(DIRECT)
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator("[aria-busy]")).to_have_count(0)
    where = {"user": "U_ANA", "channel": "D_ANA", "ts": ts}
    action = {"action_id": "stop", "block_id": "row", "value": "s1"}
    assert slack.bodies("actions") == [where | action]


async def test_a_confirm_dialog_stands_before_a_dangerous_action(
    page: Page, slack: PageServer
) -> None:
    slack.post(blocks=actions(DELETE))
    await page.goto(DIRECT)
    for refuse in (page.get_by_test_id("confirm-no").click, lambda: page.keyboard.press("Escape")):
        await page.get_by_role("button", name="Delete").click()
        await expect(page.get_by_test_id("confirm")).to_contain_text("Its disk goes too.")
        await refuse()
        await expect(page.get_by_test_id("confirm")).to_have_count(0)
    assert slack.bodies("actions") == []
    await page.get_by_role("button", name="Delete").click()
    await page.get_by_test_id("confirm-yes").click()
    await expect(page.get_by_test_id("confirm")).to_have_count(0)
    await expect(page.locator("[aria-busy]")).to_have_count(0)
    assert [body["action_id"] for body in slack.bodies("actions")] == ["delete"]


async def test_a_link_button_opens_a_tab_and_still_sends_its_action(
    page: Page, slack: PageServer
) -> None:
    slack.post(blocks=actions(button("Open", "open", url=f"{slack.url}/page/app.svg")))
    await page.goto(DIRECT)
    async with page.context.expect_page() as opened:
        await page.get_by_role("button", name="Open").click()
    await (await opened.value).wait_for_url("**/page/app.svg")
    await expect(page.locator("[aria-busy]")).to_have_count(0)
    assert [body["action_id"] for body in slack.bodies("actions")] == ["open"]


async def test_an_app_that_does_not_answer_a_click_is_said(page: Page, slack: PageServer) -> None:
    slack.action_error = "operation_timeout"
    slack.post(blocks=actions(button("Stop", "stop")))
    await page.goto(DIRECT)
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("did not answer in time")


async def test_menus_send_what_was_picked(page: Page, slack: PageServer) -> None:
    options = [option("Small"), option("Large")]
    slack.post(
        blocks=actions(
            {"type": "static_select", "action_id": "size", "placeholder": plain("Size")}
            | {"options": options},
            {"type": "multi_users_select", "action_id": "who", "placeholder": plain("Who")},
            {"type": "overflow", "action_id": "more", "options": [option("Share"), option("Log")]},
            {"type": "radio_buttons", "action_id": "keep", "options": [option("Keep")]},
        )
    )
    await page.goto(DIRECT)
    await page.get_by_role("combobox", name="Size").select_option("large")
    await page.get_by_role("button", name="Who").click()
    await page.get_by_label("Bob").check()
    await page.get_by_label("Eve").check()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="More actions").click()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.get_by_role("radio").check()
    picked: dict[str, Any] = {}
    for _ in range(100):
        picked = {body["action_id"]: body["value"] for body in slack.bodies("actions")}
        if len(picked) == 4:
            break
        await page.wait_for_timeout(50)
    assert picked == {"size": "large", "who": ["U_BOB", "U_EVE"], "more": "log", "keep": "keep"}


async def test_home_is_visited_shown_and_acts(page: Page, slack: PageServer) -> None:
    slack.homes["U_ANA"] = {"type": "home", "blocks": actions(button("New server", "new"))}
    await page.goto(DIRECT)
    await page.get_by_test_id("tab-home").click()
    await page.get_by_test_id("home").get_by_role("button", name="New server").click()
    await expect(page.locator("[aria-busy]")).to_have_count(0)
    assert slack.bodies("home") == [{"user": "U_ANA"}]
    action = {"action_id": "new", "block_id": "row"}
    assert slack.bodies("actions") == [{"user": "U_ANA", "home": True} | action]


async def test_traffic_is_listed_filtered_and_opened(page: Page, slack: PageServer) -> None:
    entry = {"time": 1_700_000_000, "status": 200, "ms": 3.2, "response": {"ok": True}}
    slack.traffic = [
        entry
        | {"n": 1, "direction": "out", "kind": "socket", "method": "slash_commands"}
        | {"request": {"text": "list"}},
        entry
        | {"n": 2, "direction": "in", "kind": "api", "method": "chat.postMessage"}
        | {"request": {"text": "needle"}},
    ]
    await page.goto(GENERAL)
    await page.get_by_test_id("traffic-toggle").click()
    rows = page.get_by_test_id("traffic-row")
    await expect(rows).to_have_count(2)
    await page.get_by_test_id("traffic-direction").select_option("out")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("slash_commands")
    await page.get_by_test_id("traffic-direction").select_option("")
    await page.get_by_test_id("traffic-filter").fill("needle")
    await expect(rows).to_have_count(1)
    await rows.click()
    await expect(page.get_by_test_id("traffic-details")).to_contain_text('"text": "needle"')
    await page.reload()
    await expect(rows).to_have_count(2)

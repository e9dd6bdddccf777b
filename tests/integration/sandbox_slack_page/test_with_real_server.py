"""The page on the real local Slack, with a real bolt app behind it.

The other tests set up rare states on a server of their own. These tests walk each path once on the
real server, so that the two servers can't drift apart.
"""

from asyncio import CancelledError
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.app import LocalSlack

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

GENERAL = "/?user=U_ANA&place=C_GENERAL"


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def row(text: str, action_id: str) -> list[dict[str, Any]]:
    button = {"type": "button", "text": plain(text), "action_id": action_id, "value": "s1"}
    return [{"type": "actions", "elements": [button]}]


def form() -> dict[str, Any]:
    name = {"type": "plain_text_input", "action_id": "name"}
    field = {"type": "input", "block_id": "name", "label": plain("Name"), "element": name}
    title, submit = plain("New server"), plain("Create")
    return {
        "type": "modal",
        "callback_id": "form",
        "title": title,
        "submit": submit,
        "blocks": [field],
    }


def small_app(client: AsyncWebClient) -> AsyncApp:
    """Answer a command with a button, the button with a form, and the form with a DM."""
    app = AsyncApp(client=client)

    @app.command("/notebook")
    async def on_command(ack: Any, command: Any) -> None:
        await ack(text=f"You typed {command['text']}", blocks=row("New server", "new"))

    @app.action("new")
    async def on_click(ack: Any, body: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=form())

    @app.view("form")
    async def on_submit(ack: Any, body: Any, view: Any) -> None:
        name = view["state"]["values"]["name"]["name"]["value"]
        if name == "taken":
            await ack(response_action="errors", errors={"name": "That name is taken."})
            return
        await ack()
        await client.chat_postMessage(channel=body["user"]["id"], text=f"Creating {name}")

    @app.event("app_home_opened")
    async def on_home(event: Any) -> None:
        home = {"type": "home", "blocks": row("New server", "new")}
        await client.views_publish(user_id=event["user"], view=home)

    return app


@pytest_asyncio.fixture(loop_scope="module")
async def slack(tmp_path: Path) -> AsyncIterator[LocalSlack]:
    """The real server instead of the one that other modules use."""
    async with LocalSlack.running(tmp_path / "slack") as server:
        client = AsyncWebClient(token="xoxb-sandbox", base_url=f"{server.url}/api/")
        handler = AsyncSocketModeHandler(small_app(client), "xapp-sandbox", web_client=client)
        await handler.connect_async()
        yield server
        with suppress(CancelledError):
            await handler.close_async()


async def send(page: Page, text: str) -> None:
    await page.get_by_test_id("composer").press_sequentially(text)
    await page.get_by_test_id("send").click()


async def test_a_command_a_click_and_a_form_end_in_a_dm(page: Page, slack: LocalSlack) -> None:
    await page.goto(GENERAL)
    await send(page, "/notebook create")
    await page.get_by_test_id("messages").get_by_role("button", name="New server").click()
    dialog = page.get_by_test_id("modal")
    await dialog.get_by_label("Name").fill("quiet-otter")
    await page.get_by_test_id("modal-submit").click()
    await expect(dialog).to_have_count(0)
    await page.get_by_test_id("channel-D_ANA").click()
    await expect(page.get_by_test_id("messages")).to_contain_text("Creating quiet-otter")


async def test_an_error_of_the_app_is_shown_at_its_field(page: Page, slack: LocalSlack) -> None:
    await page.goto(GENERAL)
    await send(page, "/notebook create")
    await page.get_by_test_id("messages").get_by_role("button", name="New server").click()
    await page.get_by_test_id("modal").get_by_label("Name").fill("taken")
    await page.get_by_test_id("modal-submit").click()
    await expect(page.get_by_test_id("modal")).to_contain_text("That name is taken.")


async def test_home_is_published_on_a_visit_and_its_button_works(
    page: Page, slack: LocalSlack
) -> None:
    await page.goto("/?user=U_ANA&place=D_ANA")
    await page.get_by_test_id("tab-home").click()
    await page.get_by_test_id("home").get_by_role("button", name="New server").click()
    await expect(page.get_by_test_id("modal")).to_be_visible()


async def test_an_answer_to_a_command_is_not_shown_to_another_person(
    page: Page, slack: LocalSlack
) -> None:
    await page.goto(GENERAL)
    await send(page, "/notebook list")
    await expect(page.get_by_test_id("messages").get_by_test_id("message")).to_have_count(1)
    await page.goto("/?user=U_BOB&place=C_GENERAL")
    await send(page, "hello")
    await expect(page.get_by_test_id("messages").get_by_test_id("message")).to_have_count(1)
    await expect(page.get_by_test_id("messages")).to_contain_text("hello")

"""The listener of clicks.

A click's value is only an id; the use case checks again what the member may do.
"""

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.kit.deliveries import Recent
from handlers.kit.failures import failure_sentence, refusal
from handlers.kit.toolkit import Toolkit, answer_later
from handlers.listeners.dispatch import OnClick
from handlers.listeners.home import Home
from provisioning.core.language import speaking


class Clicks:
    """The listener of all buttons that have an effect."""

    def __init__(self, buttons: Mapping[str, OnClick], home: Home, kit: Toolkit) -> None:
        self._buttons = buttons
        self._home = home
        self._kit = kit
        self._seen: Recent[None] = Recent()

    async def __call__(self, ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Acknowledge the click, then answer it in a task."""
        await ack()
        if self._seen.is_new(body["trigger_id"], None):
            self._kit.tasks.spawn(self._work(body, client), "click")

    async def _work(self, body: dict[str, Any], client: AsyncWebClient) -> None:
        with speaking(await self._kit.languages.of(body["user"]["id"])):
            await self._answer(body, client)

    async def _answer(self, body: dict[str, Any], client: AsyncWebClient) -> None:
        action, user_id = body["actions"][0], body["user"]["id"]
        action_id = action["action_id"]
        try:
            await self._kit.access.require_member(user_id)
            member = await self._kit.sender(body["user"])
            message = await self._buttons[action_id](member, _value(action), body["trigger_id"])
        except Exception as error:
            message = refusal(failure_sentence(error, action=action_id, user=user_id))
        if message is None:
            return
        container = body.get("container", {})
        # The answer replaces a question that only this member sees. A card in the DM stays, since
        # the engine redraws it.
        await answer_later(
            self._kit,
            client,
            body.get("response_url"),
            user_id,
            message,
            response_type="ephemeral",
            replace_original=bool(container.get("is_ephemeral")),
        )
        if container.get("type") == "view":
            await self._home.publish(user_id, client)


def _value(action: dict[str, Any]) -> str:
    """Return a button's value, or "server/person" of a person picker.

    The id of a person picker's block is the server's id.
    """
    if "selected_user" in action:
        return f"{action['block_id']}/{action['selected_user'] or ''}"
    return str(action.get("value", ""))

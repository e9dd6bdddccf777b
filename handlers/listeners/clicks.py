"""The listener of clicks.

A click's value is only an id; the use case checks again what the member may do.
"""

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from handlers.kit.failures import failure_sentence, refusal
from handlers.kit.toolkit import Toolkit, answer_later
from handlers.listeners.dispatch import OnClick
from handlers.listeners.home import Home
from handlers.listeners.inbox import Inbox, recorded_click
from provisioning.core.language import speaking
from provisioning.core.model.request import InteractionKind


class Clicks:
    """The listener of all buttons that have an effect."""

    def __init__(
        self, buttons: Mapping[str, OnClick], home: Home, kit: Toolkit, inbox: Inbox
    ) -> None:
        self._buttons = buttons
        self._home = home
        self._kit = kit
        self._inbox = inbox

    async def __call__(self, ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Write the click down, acknowledge it, then answer it in a task."""
        key, user_id = body["trigger_id"], body["user"]["id"]
        try:
            is_new = await self._inbox.take(
                InteractionKind.CLICK, key, user_id, recorded_click(body)
            )
        except Exception as error:
            await ack()
            self._kit.tasks.spawn(self._refuse(error, body, client), "refused click")
            return
        await ack()
        if is_new:
            self._kit.tasks.spawn(self._work(body, client), "click")

    async def again(self, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Answer a recorded click whose process ended before it was answered."""
        with speaking(await self._kit.languages.of(body["user"]["id"])):
            await self._answer(body, client)

    async def _work(self, body: dict[str, Any], client: AsyncWebClient) -> None:
        await self.again(body, client)
        await self._inbox.finish(body["trigger_id"])

    async def _refuse(self, error: Exception, body: dict[str, Any], client: AsyncWebClient) -> None:
        user_id = body["user"]["id"]
        with speaking(self._kit.languages.known(user_id)):
            message = refusal(failure_sentence(error, user=user_id))
            await answer_later(
                self._kit,
                client,
                body.get("response_url"),
                user_id,
                message,
                response_type="ephemeral",
                replace_original=False,
            )

    async def _answer(self, body: dict[str, Any], client: AsyncWebClient) -> None:
        action, user_id = body["actions"][0], body["user"]["id"]
        action_id, to_admin = action["action_id"], False
        try:
            await self._kit.access.require_member(user_id)
            member = await self._kit.sender(body["user"])
            to_admin = member.is_admin
            message = await self._buttons[action_id](member, _value(action), body["trigger_id"])
            if message is not None:
                message = await self._kit.completed(message, to_admin=to_admin)
        except Exception as error:
            where = {"action": action_id, "user": user_id}
            message = refusal(failure_sentence(error, to_admin=to_admin, **where))
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

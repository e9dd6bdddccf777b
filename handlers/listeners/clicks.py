"""The listener of clicks.

A click's value is only an id; the use case checks again what the member may do.
"""

from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from handlers.kit.action_ids import MENU, OF_A_SERVER
from handlers.kit.blocks import Message
from handlers.kit.failures import failure_sentence, refusal
from handlers.kit.forms import answer_view
from handlers.kit.toolkit import Toolkit, answer_later
from handlers.listeners.dispatch import Dispatch, OnClick
from handlers.listeners.home import Home
from handlers.listeners.inbox import Inbox, recorded_click
from provisioning.core.language import speaking
from provisioning.core.model.request import InteractionKind

log = structlog.get_logger(__name__)


class Clicks:
    """The listener of all buttons that have an effect."""

    def __init__(self, dispatch: Dispatch, home: Home, kit: Toolkit, inbox: Inbox) -> None:
        self._dispatch = dispatch
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
            await self._send(body, client, message, replace_original=False)

    async def _answer(self, body: dict[str, Any], client: AsyncWebClient) -> None:
        action, user_id, to_admin = body["actions"][0], body["user"]["id"], False
        action_id, value, answer = self._what(action)
        try:
            await self._kit.access.require_member(user_id)
            member = await self._kit.sender(body["user"])
            to_admin = member.is_admin
            message = await answer(member, value, body["trigger_id"])
            if message is not None:
                message = await self._kit.completed(message, to_admin=to_admin)
        except Exception as error:
            where = {"action": action_id, "user": user_id}
            message = refusal(failure_sentence(error, to_admin=to_admin, **where))
        if message is not None and not await self._shown_in_modal(body, message):
            await self._send(body, client, message, replace_original=_is_question(body))
        if body.get("container", {}).get("type") == "view":
            await self._home.publish(user_id, client)

    async def _send(
        self,
        body: dict[str, Any],
        client: AsyncWebClient,
        message: Message,
        *,
        replace_original: bool,
    ) -> None:
        await answer_later(
            self._kit,
            client,
            body.get("response_url"),
            body["user"]["id"],
            message,
            response_type="ephemeral",
            replace_original=replace_original,
        )

    def _what(self, action: dict[str, Any]) -> tuple[str, str, OnClick]:
        """Return the action id, the value and the method that answers the click.

        An option of a menu names all of it, and the menu may ask first.
        """
        if action["action_id"] != MENU:
            action_id = action["action_id"]
            return action_id, _value(action), self._dispatch.buttons[action_id]
        action_id, _slash, value = action["selected_option"]["value"].partition("/")
        ask = self._dispatch.questions.get(action_id)
        return action_id, value, ask or self._dispatch.buttons[action_id]

    async def _shown_in_modal(self, body: dict[str, Any], message: Message) -> bool:
        """Show the answer to a click in the Home tab or a modal in a modal.

        Return False after a click in a message, and where the trigger has expired: the answer goes
        by DM then.
        """
        view = body.get("view")
        if view is None:
            return False
        try:
            if view["type"] == "modal":
                title = view["title"]["text"]
                await self._kit.modals.update(view["id"], answer_view(message, title))
            else:
                await self._kit.modals.open(body["trigger_id"], answer_view(message))
        except Exception as error:
            log.info("answer not shown in a modal", error=type(error).__name__)
            return False
        return True


def _is_question(body: dict[str, Any]) -> bool:
    """Return whether the answer replaces the message of the click.

    It replaces a question that only this member sees. A list stays, and so does a card in the DM,
    since the engine redraws it.
    """
    block_id = str(body["actions"][0].get("block_id", ""))
    is_ephemeral = bool(body.get("container", {}).get("is_ephemeral"))
    return is_ephemeral and not block_id.startswith(OF_A_SERVER)


def _value(action: dict[str, Any]) -> str:
    """Return a button's value, or "server/person" of a person picker.

    The id of a person picker's block is the server's id.
    """
    if "selected_user" in action:
        return f"{action['block_id']}/{action['selected_user'] or ''}"
    return str(action.get("value", ""))

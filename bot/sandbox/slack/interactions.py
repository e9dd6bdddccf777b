"""Commands, clicks, submissions and visits of people, and what people see of the answers."""

import asyncio
from contextlib import suppress
from typing import Any

from bot.sandbox.slack import payloads, people
from bot.sandbox.slack.blocks import Block, Element, has_inputs, interactive, message_content
from bot.sandbox.slack.delivery import FAILED, Delivery, Reply
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.fields import BadValue, entry, refusals, state_values
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.state import Message, View, Workspace
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.views import Views

_QUESTION_SECONDS, _CHECK_SECONDS = 3.0, 0.02
"""The time in which an app may open a modal after a click, and between two looks for it."""


class NotThere(Exception):  # noqa: N818 - it becomes a 404
    """The person has no such message, button or modal."""


class Interactions:
    """Everything that people can do. People and channels are known to exist."""

    def __init__(
        self,
        workspace: Workspace,
        delivery: Delivery,
        triggers: Triggers,
        response_urls: ResponseUrls,
        views: Views,
        command: str,
    ) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._triggers = triggers
        self._response_urls = response_urls
        self._views = views
        self._command = command
        self._answers: set[asyncio.Task[None]] = set()

    async def command(self, origin: str, user: str, channel: str, text: str) -> Reply:
        """Type a slash command; the text may leave out the command itself.

        Mentioned people reach the app by id, as in an app whose manifest says should_escape. The
        app's answer is shown to the person alone, unless it says in_channel.
        """
        name, _, rest = text.strip().partition(" ")
        if not name.startswith("/"):
            name, rest = self._command, text
        sent = people.with_ids(rest.strip())
        payload = payloads.command(user, channel, name, sent) | {
            "response_url": self._response_urls.new(origin, user, channel),
            "trigger_id": self._triggers.new(user),
        }
        reply = await self._delivery.request("slash_commands", payload)
        if reply.error is None and reply.ack:
            reply = self._show(user, channel, reply)
        if reply.error is not None:
            self._workspace.add(
                channel,
                user=people.SLACKBOT,
                bot=True,
                text=f'`{name}` failed with the error "{reply.error}"',
                ephemeral=True,
                to=user,
            )
        return reply

    def _show(self, user: str, channel: str, reply: Reply) -> Reply:
        """Show the message in an acknowledgement; the answer fails if Slack refuses the message."""
        ack = reply.ack or {}
        if not any(ack.get(name) for name in ("text", "blocks", "attachments")):
            return reply
        try:
            content = message_content(ack)
        except ApiError as error:
            return Reply(None, reply.ms, FAILED, error.error)
        is_public = ack.get("response_type") == "in_channel"
        self._workspace.add(
            channel,
            user=people.BOT_USER,
            bot=True,
            ephemeral=not is_public,
            to=None if is_public else user,
            **content,
        )
        return reply

    async def click(self, origin: str, user: str, body: dict[str, Any]) -> Reply:
        """Press a button or pick an option.

        The element is in the message `channel` and `ts`, in the open modal (`view`) or in Home
        (`home`). An `action_id` may also name an option of an overflow menu, by the beginning of
        the option's value. The person then says yes if the app asks in a modal without fields, as
        a click on a button says yes to the button's dialog. Raise `NotThere` or `BadValue`.
        """
        before, picked = self._workspace.open_view(user), dict(body)
        reply = await self._click(origin, user, picked)
        if picked["action_id"] != body.get("action_id"):
            task = asyncio.create_task(self._say_yes(user, before))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)
        return reply

    async def _say_yes(self, user: str, before: View | None) -> None:
        """Submit the modal that the app opens in answer, if it only asks for a yes."""
        with suppress(TimeoutError, NotThere, BadValue):
            async with asyncio.timeout(_QUESTION_SECONDS):
                while (view := self._workspace.open_view(user)) in (None, before):
                    await asyncio.sleep(_CHECK_SECONDS)
            if view is not None and view.get("submit") and not has_inputs(view["blocks"]):
                await self.submit(user, {})

    async def _click(self, origin: str, user: str, body: dict[str, Any]) -> Reply:
        if body.get("view"):
            return await self._click_in_view(user, body, self._workspace.open_view(user))
        if body.get("home"):
            return await self._click_in_view(user, body, self._workspace.homes.get(user))
        channel, ts = str(body.get("channel", "")), str(body.get("ts", ""))
        message = self._workspace.find(channel, ts)
        if message is None or user not in people.members(channel):
            raise NotThere("message_not_found")
        if message["to"] not in (None, user):
            raise NotThere("message_not_found")
        payload = self._action(user, message["blocks"], body)
        payload |= payloads.in_message(message, _state(message["blocks"], payload, body))
        payload["response_url"] = self._response_urls.new(origin, user, channel, message)
        return await self._delivery.request("interactive", payload)

    async def _click_in_view(self, user: str, body: dict[str, Any], view: View | None) -> Reply:
        if view is None:
            raise NotThere("view_not_found")
        payload = self._action(user, view["blocks"], body)
        payload |= payloads.in_view(view, _state(view["blocks"], payload, body))
        return await self._delivery.request("interactive", payload)

    def _action(self, user: str, blocks: list[Block], body: dict[str, Any]) -> dict[str, Any]:
        body |= _of_menu(blocks, body)
        block, element = _clicked(blocks, body)
        payload = payloads.block_actions(user, block, element, body.get("value"))
        return payload | {"trigger_id": self._triggers.new(user)}

    async def submit(self, user: str, values: dict[str, Any]) -> dict[str, Any]:
        """Submit the modal on top.

        `errors` are by block_id, from Slack's own client (a required field is empty) or from the
        app. Raise `NotThere` or `BadValue`.
        """
        view = self._workspace.open_view(user)
        if view is None:
            raise NotThere("view_not_found")
        state = state_values(view["blocks"], values)
        refused = refusals(view["blocks"], state)
        if refused:
            return Reply(None, 0.0).body() | {"errors": refused}
        payload = payloads.view_submission(user, view, state)
        payload["trigger_id"] = self._triggers.new(user)
        reply = await self._delivery.request("interactive", payload)
        errors = None
        if reply.error is None:
            try:
                errors = self._follow(user, view, reply.ack or {})
            except ApiError as error:  # people see "We had some trouble connecting"
                reply = Reply(reply.ack, reply.ms, error.error)
        return reply.body() | {"errors": errors}

    def _follow(self, user: str, view: View, ack: dict[str, Any]) -> dict[str, str] | None:
        """Carry out the app's `response_action`, and return the errors to show."""
        stack = self._workspace.views[user]
        match ack.get("response_action"):
            case "errors":
                return dict(ack.get("errors") or {})
            case "update":
                self._views.replace(user, len(stack) - 1, ack.get("view"))
            case "push":
                self._views.push(user, ack.get("view"))
            case "clear":
                stack.clear()
            case _:
                # The app may have replaced the view in the meantime; its id stays the same.
                stack[:] = [each for each in stack if each["id"] != view["id"]]
        self._workspace.streams.tell(user, "view")
        return None

    async def close_view(self, user: str) -> None:
        """Close the modal on top; the app hears of the close if it asked to."""
        view = self._workspace.open_view(user)
        if view is None:
            return
        self._workspace.views[user].pop()
        self._workspace.streams.tell(user, "view")
        if view["notify_on_close"]:
            await self._delivery.request("interactive", payloads.view_closed(user, view))

    async def visit_home(self, user: str) -> None:
        """Open the bot's Home tab; each visit is an event."""
        home = self._workspace.homes.get(user)
        event = payloads.app_home_opened(user, self._workspace.next_ts(), home)
        await self._delivery.event(event)

    async def deactivate(self, user: str, deleted: bool) -> None:
        """Deactivate or reactivate an account, as an owner of the workspace does; the app gets an
        event."""
        change = self._workspace.deactivated.add if deleted else self._workspace.deactivated.discard
        change(user)
        ts = self._workspace.next_ts()
        await self._delivery.event(payloads.user_change(user, ts, self._workspace.deactivated))

    async def regroup(self, user: str, *, is_member: bool) -> None:
        """Add a person to the user group or remove them; the app gets an event of a change."""
        group = self._workspace.group
        if is_member == (user in group):
            return
        (group.add if is_member else group.discard)(user)
        ts = self._workspace.next_ts()
        await self._delivery.event(payloads.group_change(user, ts, is_member=is_member))

    def say(self, user: str, channel: str, text: str) -> Message:
        """Post a plain message. The app gets an event for a DM and for a mention."""
        message = self._workspace.add(channel, user=user, text=text)
        event = payloads.said(message)
        if event is not None:
            self._delivery.event_soon(event)
        return message


def _of_menu(blocks: list[Block], body: dict[str, Any]) -> dict[str, Any]:
    """Return the menu and the option that the body names by "action_id/value", else nothing."""
    name, value = str(body.get("action_id", "")), body.get("value")
    elements = [element for _, element in interactive(blocks)]
    if any(element["action_id"] == name for element in elements):
        return {"action_id": name}
    for element in elements:
        for option in element.get("options") or [] if element["type"] == "overflow" else []:
            first, _, rest = str(option.get("value", "")).partition("/")
            if first == name and value in (None, rest):
                return {"action_id": element["action_id"], "value": option["value"]}
    return {"action_id": name}


def _clicked(blocks: list[Block], body: dict[str, Any]) -> tuple[Block, Element]:
    """Return the block and the element of a click.

    `block_id` and `value` tell apart several elements of one action_id.
    """
    value = body.get("value")
    found = [
        (block, element)
        for block, element in interactive(blocks)
        if element["action_id"] == body.get("action_id")
        and body.get("block_id") in (None, block["block_id"])
        and (value is None or _takes(element, value))
    ]
    if not found:
        raise NotThere("no_such_action")
    return found[0]


def _takes(element: Element, value: Any) -> bool:
    if element["type"] == "button":
        return bool(element.get("value") == value)
    try:
        entry(element, value)
    except BadValue:
        return False
    return True


def _state(blocks: list[Block], payload: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Return the state of all elements around a click, the new pick included."""
    values = dict(body.get("values") or {})
    if body.get("value") is not None:
        values.setdefault(payload["actions"][0]["action_id"], body["value"])
    return state_values(blocks, values)

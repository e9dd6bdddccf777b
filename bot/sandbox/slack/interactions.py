"""Commands, clicks, submissions and visits of people, and what people see of the answers."""

from typing import Any

from bot.sandbox.slack import payloads, people
from bot.sandbox.slack.blocks import Block, Element, interactive, message_content
from bot.sandbox.slack.delivery import FAILED, Delivery, Reply
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.fields import BadValue, entry, refusals, state_values
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.state import Message, View, Workspace
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.views import Views


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
        (`home`). Raise `NotThere` or `BadValue`.
        """
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

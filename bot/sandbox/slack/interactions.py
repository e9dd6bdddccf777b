"""What people do, as the payloads that Slack sends to the app."""

import time
from typing import Any

from bot.sandbox.slack import people
from bot.sandbox.slack.chat import api_message
from bot.sandbox.slack.delivery import Delivery, Reply
from bot.sandbox.slack.modals import Modals, option, state_values
from bot.sandbox.slack.response_urls import ResponseUrls
from bot.sandbox.slack.state import Message, View, Workspace
from bot.sandbox.slack.triggers import Triggers


class NotThere(Exception):  # noqa: N818 - it becomes a 404
    """There is no such message, button or modal for that person."""


class Interactions:
    """Commands, clicks, submissions and visits."""

    def __init__(
        self,
        workspace: Workspace,
        delivery: Delivery,
        triggers: Triggers,
        response_urls: ResponseUrls,
        modals: Modals,
    ) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._triggers = triggers
        self._response_urls = response_urls
        self._modals = modals

    async def command(self, origin: str, user: str, channel: str, text: str) -> Reply:
        """Type a slash command; what the app answers is shown to the person alone."""
        words = text.strip()
        name, _, rest = words.partition(" ") if words.startswith("/") else ("", "", words)
        response_url = self._response_urls.new(origin, user, channel)
        payload = {
            "token": "sandbox",
            "team_id": people.TEAM,
            "team_domain": people.TEAM_DOMAIN,
            "channel_id": channel,
            "channel_name": people.channel_name(channel),
            "user_id": user,
            "user_name": people.PEOPLE[user].name,
            "command": name or people.COMMANDS[0]["command"],
            "text": rest.strip() if name else rest,
            "api_app_id": people.APP,
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": self._triggers.new(user),
        }
        reply = await self._delivery.request("slash_commands", payload)
        if reply.error is not None:
            self._slackbot(
                user, channel, f'{payload["command"]} failed with the error "{reply.error}"'
            )
        elif reply.ack and (reply.ack.get("text") or reply.ack.get("blocks")):
            message = self._answer(user, channel, reply.ack)
            self._response_urls.remember(response_url, message)
        return reply

    def _answer(self, user: str, channel: str, ack: dict[str, Any]) -> Message:
        is_public = ack.get("response_type") == "in_channel"
        return self._workspace.add(
            channel,
            user=people.BOT_USER,
            bot=True,
            text=ack.get("text", ""),
            blocks=ack.get("blocks") or [],
            ephemeral=not is_public,
            to=None if is_public else user,
        )

    def _slackbot(self, user: str, channel: str, text: str) -> None:
        self._workspace.add(
            channel, user=people.SLACKBOT, bot=True, text=text, ephemeral=True, to=user
        )

    async def click(self, origin: str, user: str, body: dict[str, Any]) -> Reply:
        """Press a button or pick an option, in a message, the modal or Home."""
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
        block, element = _element(message["blocks"], body)
        payload = self._actions(user, block, element, body) | {
            "container": {
                "type": "message",
                "message_ts": ts,
                "channel_id": channel,
                "is_ephemeral": message["ephemeral"],
            },
            "channel": {"id": channel, "name": people.channel_name(channel)},
            "message": api_message(message),
            "state": {"values": {}},
            "response_url": self._response_urls.new(origin, user, channel, message),
        }
        return await self._delivery.request("interactive", payload)

    async def _click_in_view(self, user: str, body: dict[str, Any], view: View | None) -> Reply:
        if view is None:
            raise NotThere("view_not_found")
        block, element = _element(view["blocks"], body)
        values = dict(body.get("values") or {})
        payload = self._actions(user, block, element, body) | {
            "container": {"type": "view", "view_id": view["id"]},
            "view": view | {"state": {"values": state_values(view, values)}},
        }
        return await self._delivery.request("interactive", payload)

    def _actions(
        self, user: str, block: dict[str, Any], element: dict[str, Any], body: dict[str, Any]
    ) -> dict[str, Any]:
        action: dict[str, Any] = {
            "type": element["type"],
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "action_ts": f"{time.time():.6f}",
        }
        if element["type"] == "button":
            action |= {"text": element["text"], "value": element.get("value", "")}
        else:
            picked = {element["action_id"]: body.get("value")}
            shown = {"blocks": [{"block_id": block["block_id"], "elements": [element]}]}
            action |= state_values(shown, picked)[block["block_id"]][element["action_id"]]
        return self._person(user) | {
            "type": "block_actions",
            "actions": [action],
            "trigger_id": self._triggers.new(user),
        }

    def _person(self, user: str) -> dict[str, Any]:
        person = people.PEOPLE[user]
        return {
            "token": "sandbox",
            "team": {"id": people.TEAM, "domain": people.TEAM_DOMAIN},
            "user": {
                "id": user,
                "username": person.name,
                "name": person.name,
                "team_id": people.TEAM,
            },
            "api_app_id": people.APP,
            "enterprise": None,
            "is_enterprise_install": False,
        }

    async def submit(self, user: str, values: dict[str, Any]) -> dict[str, Any]:
        """Submit the modal on top. `errors` are by block."""
        view = self._workspace.open_view(user)
        if view is None:
            raise NotThere("view_not_found")
        state = {"values": state_values(view, values)}
        payload = self._person(user) | {
            "type": "view_submission",
            "trigger_id": self._triggers.new(user),
            "view": view | {"state": state},
            "response_urls": [],
        }
        reply = await self._delivery.request("interactive", payload)
        errors = self._apply(user, view, reply) if reply.error is None else None
        return reply.body() | {"errors": errors}

    def _apply(self, user: str, view: View, reply: Reply) -> dict[str, str] | None:
        stack = self._workspace.views[user]
        answer = reply.ack or {}
        match answer.get("response_action"):
            case "errors":
                return dict(answer.get("errors") or {})
            case "update":
                self._modals.replace(user, len(stack) - 1, answer)
            case "push":
                self._modals.push(user, answer)
            case "clear":
                stack.clear()
            case _ if view in stack:
                stack.remove(view)
        self._workspace.tell(user, "view")
        return None

    async def close_view(self, user: str) -> None:
        """Close the modal on top; the app hears of it if it asked to."""
        view = self._workspace.open_view(user)
        if view is None:
            return
        self._workspace.views[user].pop()
        self._workspace.tell(user, "view")
        if view.get("notify_on_close"):
            payload = self._person(user) | {"type": "view_closed", "view": view}
            await self._delivery.request("interactive", payload | {"is_cleared": False})

    async def visit_home(self, user: str) -> None:
        """Open the bot's Home tab."""
        dm = people.PEOPLE[user].dm
        event = {"type": "app_home_opened", "user": user, "channel": dm, "tab": "home"}
        await self._delivery.event(event | {"event_ts": self._workspace.next_ts()})

    async def say(self, user: str, channel: str, text: str) -> Message:
        """A plain message of a person; in a DM the bot hears of it."""
        message = self._workspace.add(channel, user=user, text=text)
        if channel in people.DMS:
            await self._delivery.event(
                {
                    "type": "message",
                    "channel": channel,
                    "channel_type": "im",
                    "user": user,
                    "text": text,
                    "ts": message["ts"],
                }
            )
        return message


def _element(
    blocks: list[dict[str, Any]], body: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The block and the element that were clicked; `block_id` and `value` tell apart several
    of one action_id."""
    found = []
    for block in blocks:
        elements = list(block.get("elements") or [])
        elements += [block[name] for name in ("accessory", "element") if name in block]
        for element in elements:
            if isinstance(element, dict) and element.get("action_id") == body.get("action_id"):
                found.append((block, element))
    if body.get("block_id"):
        found = [(b, e) for b, e in found if b.get("block_id") == body["block_id"]] or found
    value = body.get("value")
    if value is not None:
        found = [(b, e) for b, e in found if _takes(e, value)]
    if not found:
        raise NotThere("no_such_action")
    return found[0]


def _takes(element: dict[str, Any], value: Any) -> bool:
    if element["type"] == "button":
        return bool(element.get("value") == value)
    if element.get("options"):
        picked = value if isinstance(value, list) else [value]
        try:
            return all(option(element, each) is not None for each in picked)
        except KeyError:
            return False
    return True

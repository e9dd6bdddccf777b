"""The payloads of commands, interactions and events, as docs.slack.dev describes them."""

import time
from collections.abc import Collection
from typing import Any

from bot.sandbox.slack import people
from bot.sandbox.slack.blocks import Block, Element
from bot.sandbox.slack.chat import api_message
from bot.sandbox.slack.fields import entry
from bot.sandbox.slack.state import Message, View

Payload = dict[str, Any]


def command(user: str, channel: str, name: str, text: str) -> Payload:
    """Return a slash command, still without response_url and trigger_id."""
    return {
        "token": "sandbox",
        "team_id": people.TEAM,
        "team_domain": people.TEAM_DOMAIN,
        "channel_id": channel,
        "channel_name": people.channel_name(channel),
        "user_id": user,
        "user_name": people.PEOPLE[user].name,
        "command": name,
        "text": text,
        "api_app_id": people.APP,
        "is_enterprise_install": "false",
    }


def _by(user: str, kind: str) -> Payload:
    name = people.PEOPLE[user].name
    return {
        "type": kind,
        "token": "sandbox",
        "team": {"id": people.TEAM, "domain": people.TEAM_DOMAIN},
        "user": {"id": user, "username": name, "name": name, "team_id": people.TEAM},
        "api_app_id": people.APP,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def block_actions(user: str, block: Block, element: Element, value: Any) -> Payload:
    """Return a click or a pick, still without its place and trigger_id."""
    action: Payload = {
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": f"{time.time():.6f}",
    }
    if element["type"] == "button":
        kept = ("type", "text", "value", "style")
        action |= {name: element[name] for name in kept if name in element}
    else:
        action |= entry(element, value)
    return _by(user, "block_actions") | {"actions": [action]}


def in_message(message: Message, state: dict[str, Any]) -> Payload:
    """Return the place of a click in a message."""
    channel = message["channel"]
    return {
        "container": {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel,
            "is_ephemeral": message["ephemeral"],
        },
        "channel": {"id": channel, "name": people.channel_name(channel)},
        "message": api_message(message),
        "state": {"values": state},
    }


def in_view(view: View, state: dict[str, Any]) -> Payload:
    """Return the place of a click in a view, or the view of a submission."""
    return {
        "container": {"type": "view", "view_id": view["id"]},
        "view": view | {"state": {"values": state}},
    }


def view_submission(user: str, view: View, state: dict[str, Any]) -> Payload:
    """Return the submission of a modal, still without its trigger_id."""
    submitted = {"view": view | {"state": {"values": state}}, "response_urls": []}
    return _by(user, "view_submission") | submitted


def view_closed(user: str, view: View) -> Payload:
    """Return the close of a modal without a submission."""
    return _by(user, "view_closed") | {"view": view, "is_cleared": False}


def app_home_opened(user: str, ts: str, view: View | None) -> Payload:
    """Return the event of a person who opens the app's Home tab."""
    event = {
        "type": "app_home_opened",
        "user": user,
        "channel": people.PEOPLE[user].dm,
        "tab": "home",
        "event_ts": ts,
    }
    return event | ({"view": view} if view else {})


def user_change(user_id: str, ts: str, deactivated: Collection[str]) -> Payload:
    """Return the event of a changed person."""
    user = people.api_user(user_id, with_locale=True, deactivated=deactivated)
    return {"type": "user_change", "user": user, "cache_ts": int(float(ts)), "event_ts": ts}


def group_change(user_id: str, ts: str, *, is_member: bool) -> Payload:
    """Return the event of a person who was added to the user group or removed from it."""
    added, removed = ([user_id], []) if is_member else ([], [user_id])
    return {
        "type": "subteam_members_changed",
        "subteam_id": people.GROUP,
        "team_id": people.TEAM,
        "date_previous_update": int(float(ts)) - 1,
        "date_update": int(float(ts)),
        "added_users": added,
        "added_users_count": str(len(added)),
        "removed_users": removed,
        "removed_users_count": str(len(removed)),
        "event_ts": ts,
    }


def said(message: Message) -> Payload | None:
    """Return the event of a DM to the app or of a mention in the channel, else None."""
    event = {
        "user": message["user"],
        "text": message["text"],
        "channel": message["channel"],
        "ts": message["ts"],
        "event_ts": message["ts"],
        "team": people.TEAM,
    }
    if message["channel"] in people.DMS:
        return event | {"type": "message", "channel_type": "im"}
    if f"<@{people.BOT_USER}>" in message["text"]:
        return event | {"type": "app_mention"}
    return None

"""The Slack app's manifest, from the table of commands."""

from typing import Any, Literal

from handlers.commands.registry import COMMAND, CommandTable

BOT_SCOPES = (
    "channels:history",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "im:history",
    "im:write",
    "usergroups:read",
    "users:read",
)
"""The OAuth scopes of the bot.

- `files:write`: to send files and pictures.
- `im:history`: to find a card that was posted just before a crash.
- `channels:history`, `groups:history`: to find a report in the admins' channel.
- `usergroups:read`: for the settings that name user groups.
"""


BOT_EVENTS = (
    "app_home_opened",
    "message.im",
    "subteam_members_changed",
    "subteam_updated",
    "user_change",
)
"""The events of the bot.

`message.im` is what members write to it. The groups' and users' events say who has left.
"""


def manifest(
    table: CommandTable,
    command: str = COMMAND,
    mode: Literal["socket", "http"] = "socket",
    url: str = "",
) -> dict[str, Any]:
    """Return the data of Slack's "Create an app from a manifest".

    `url` is the bot's public address, for mode `http` only.
    """
    slash: dict[str, Any] = {
        "command": command,
        "description": "Your own notebook server in minutes",
        "usage_hint": "create ubuntu | list | help",
        "should_escape": True,
    }
    events: dict[str, Any] = {"bot_events": list(BOT_EVENTS)}
    interactivity: dict[str, Any] = {"is_enabled": True}
    if mode == "http":
        address = url or "https://notebook-bot.example.com/slack/events"
        slash["url"] = events["request_url"] = interactivity["request_url"] = address
    return {
        "display_information": {
            "name": "notebook-bot",
            "description": "Notebook servers on Azure, from Slack",
        },
        "features": _features(slash),
        "oauth_config": {"scopes": {"bot": list(BOT_SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": mode == "socket",
            "token_rotation_enabled": False,
        },
    }


def _features(slash: dict[str, Any]) -> dict[str, Any]:
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": "notebook-bot", "always_online": True},
        "slash_commands": [slash],
    }

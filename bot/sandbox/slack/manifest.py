"""The app's slash commands for the page's hints, from the app's manifest if it is given."""

import json
from pathlib import Path

COMMANDS = (
    {
        "command": "/notebook",
        "usage_hint": "create ubuntu | list | help",
        "description": "Your own notebook server in minutes",
    },
)


def read_commands(manifest: Path | None) -> tuple[dict[str, str], ...]:
    """Return `command`, `usage_hint` and `description` of each slash command in a Slack manifest.

    Without a manifest: `/notebook`. Raise `ValueError` if the file is no such manifest in JSON.
    """
    if manifest is None:
        return COMMANDS
    try:
        commands = json.loads(manifest.read_text(encoding="utf-8"))["features"]["slash_commands"]
        return tuple(
            {
                "command": str(each["command"]),
                "usage_hint": str(each.get("usage_hint", "")),
                "description": str(each.get("description", "")),
            }
            for each in commands
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{manifest} is not a Slack manifest with slash commands: {error}"
        ) from None

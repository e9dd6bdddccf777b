"""Slack's modals, for `handlers.kit.toolkit.Modals`."""

from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.app import without_patience
from bot.slack.errors import error_code

_CLOSED = frozenset({"not_found", "view_not_found"})


class SlackModals:
    """Opens once, since a trigger works once; updates as long as the person looks."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._hasty = without_patience(client)

    async def open(self, trigger_id: str, view: dict[str, Any]) -> str:
        """See `Modals.open`."""
        answer = await self._hasty.views_open(trigger_id=trigger_id, view=view)
        return str(answer["view"]["id"])

    async def update(self, view_id: str, view: dict[str, Any]) -> None:
        """See `Modals.update`."""
        try:
            await self._client.views_update(view_id=view_id, view=view)
        except SlackApiError as error:
            if error_code(error) not in _CLOSED:
                raise

"""Slack's forms (modals)."""

from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from bot.slack.app import without_patience
from bot.slack.errors import error_code
from handlers.kit.toolkit import Modals

_CLOSED = frozenset({"not_found", "view_not_found"})


class SlackModals(Modals):
    """Modals; a form is opened without retries, because a trigger works once."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._client_without_retries = without_patience(client)

    @override
    async def open(self, trigger_id: str, view: dict[str, Any]) -> str:
        answer = await self._client_without_retries.views_open(trigger_id=trigger_id, view=view)
        return str(answer["view"]["id"])

    @override
    async def update(self, view_id: str, view: dict[str, Any]) -> None:
        try:
            await self._client.views_update(view_id=view_id, view=view)
        except SlackApiError as error:
            if error_code(error) not in _CLOSED:
                raise

"""Cards as messages in people's DMs: post, edit, and find again after a crash.

Raises what Slack's SDK raises (`bot.slack_errors.FAILURES`); nothing here decides when.
"""

from datetime import timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import without_patience
from bot.slack_errors import FAILURES, GONE, error_code
from handlers.mrkdwn import Message
from provisioning.model import Delivery, Server

METADATA_TYPE = "notebook_server"
"""The type of the metadata that tie a message to a server; `event_payload.server_id`."""

_HISTORY_LOOKED_THROUGH = 100
_CLOCKS_DIFFER_BY = timedelta(hours=1)

log = structlog.get_logger(__name__)


class CardGoneError(Exception):
    """The message was deleted or can't be edited any more."""


class DirectMessages:
    """The bot's side of its DMs."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._patient = client
        # A message is never sent a second time by the SDK: whoever asked for it knows
        # better, and may hold a lock meanwhile.
        self._client = without_patience(client)
        self._channels: dict[str, str] = {}

    async def channel(self, user_id: str) -> str:
        """The DM with that person, opened once a process."""
        if user_id not in self._channels:
            answer = await self._patient.conversations_open(users=user_id)
            self._channels[user_id] = answer["channel"]["id"]
        return self._channels[user_id]

    async def post(self, server: Server, message: Message) -> Delivery:
        """A new message below everything else, marked as that server's."""
        channel = await self.channel(server.owner)
        answer = await self._client.chat_postMessage(
            channel=channel,
            text=message.text,
            blocks=message.blocks,
            metadata={"event_type": METADATA_TYPE, "event_payload": {"server_id": server.id}},
            unfurl_links=False,
            unfurl_media=False,
        )
        return Delivery(channel, answer["ts"])

    async def post_to(self, user_id: str, message: Message) -> Delivery:
        """A new message to a person that is not a server's card."""
        channel = await self.channel(user_id)
        answer = await self._client.chat_postMessage(
            channel=channel,
            text=message.text,
            blocks=message.blocks,
            unfurl_links=False,
            unfurl_media=False,
        )
        return Delivery(channel, answer["ts"])

    async def edit(self, place: Delivery, message: Message) -> None:
        """Draw it again where it is. Raises `CardGoneError` if it is no longer there."""
        try:
            await self._client.chat_update(
                channel=place.channel, ts=place.ts, text=message.text, blocks=message.blocks
            )
        except SlackApiError as error:
            if error_code(error) in GONE:
                raise CardGoneError from None
            raise

    async def find(self, server: Server, channel: str, after: str = "") -> Delivery | None:
        """The latest message of that server, newer than the ts `after`."""
        since = server.created_at - _CLOCKS_DIFFER_BY
        answer = await self._client.conversations_history(
            channel=channel,
            limit=_HISTORY_LOOKED_THROUGH,
            oldest=after or f"{since.timestamp():.6f}",
            include_all_metadata=True,
        )
        for message in answer["messages"]:
            metadata = message.get("metadata", {})
            payload = metadata.get("event_payload", {})
            if metadata.get("event_type") == METADATA_TYPE and (
                payload.get("server_id") == server.id
            ):
                return Delivery(channel, message["ts"])
        return None

    async def whisper(self, user_id: str, message: Message) -> None:
        """A DM that belongs to no server. A failure is logged."""
        try:
            await self._patient.chat_postMessage(
                channel=await self.channel(user_id), text=message.text, blocks=message.blocks
            )
        except FAILURES as error:
            log.warning("answer not delivered", user=user_id, error=error_code(error))

"""Cards as messages in people's DMs: post, edit, and find again after a crash.

Raises what Slack's SDK raises (`bot.slack.errors.FAILURES`); nothing here decides when.
"""

from datetime import datetime, timedelta

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.app import without_patience
from bot.slack.errors import FAILURES, MESSAGE_GONE, error_code
from handlers.kit.blocks import Message
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.server import Server

METADATA_TYPE = "notebook_server"
"""The type of the metadata that tie a message to a server; `event_payload.server_id`."""

NOTICE_TYPE = "notebook_notice"
"""The same for a message that is told once; `event_payload.key`."""

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
        return await self._post(channel, message, METADATA_TYPE, {"server_id": server.id})

    async def post_once(self, server: Server, message: Message, key: str) -> Delivery:
        """A notice to the owner. Where an earlier try has posted that key already, and its
        answer was lost, the message is found and drawn again."""
        return await self.post_once_in(
            await self.channel(server.owner), message, key, server.created_at
        )

    async def post_once_in(
        self, channel: str, message: Message, key: str, since: datetime
    ) -> Delivery:
        """The same in any channel; nobody has posted that key before `since`."""
        place = await self._latest(channel, _before(since), NOTICE_TYPE, {"key": key})
        if place is None:
            return await self._post(channel, message, NOTICE_TYPE, {"key": key})
        await self.edit(place, message)
        return place

    async def has_file(self, place: Delivery, name: str) -> bool:
        """Whether a file of that name was sent below the message."""
        answer = await self._client.conversations_history(
            channel=place.channel, limit=_HISTORY_LOOKED_THROUGH, oldest=place.ts
        )
        files = [file for each in answer["messages"] for file in each.get("files", [])]
        return any(file.get("name") == name for file in files)

    async def _post(
        self, channel: str, message: Message, kind: str, payload: dict[str, str]
    ) -> Delivery:
        answer = await self._client.chat_postMessage(
            channel=channel,
            text=message.text,
            blocks=message.blocks,
            metadata={"event_type": kind, "event_payload": payload},
            unfurl_links=False,
            unfurl_media=False,
        )
        return Delivery(channel, answer["ts"])

    async def post_to(self, user_id: str, message: Message) -> Delivery:
        """A new message to a person that is not a server's card."""
        return await self.post_in(await self.channel(user_id), message)

    async def post_in(self, channel: str, message: Message) -> Delivery:
        """A new message in a channel or DM that is not a server's card."""
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
            if error_code(error) in MESSAGE_GONE:
                raise CardGoneError from None
            raise

    async def find(self, server: Server, channel: str, after: str = "") -> Delivery | None:
        """The latest message of that server, newer than the ts `after`."""
        oldest = after or _before(server.created_at)
        return await self._latest(channel, oldest, METADATA_TYPE, {"server_id": server.id})

    async def _latest(
        self, channel: str, oldest: str, kind: str, payload: dict[str, str]
    ) -> Delivery | None:
        answer = await self._client.conversations_history(
            channel=channel,
            limit=_HISTORY_LOOKED_THROUGH,
            oldest=oldest,
            include_all_metadata=True,
        )
        for message in answer["messages"]:
            metadata = message.get("metadata", {})
            if metadata.get("event_type") == kind and metadata.get("event_payload") == payload:
                return Delivery(channel, message["ts"])
        return None

    async def send(self, user_id: str, message: Message) -> None:
        """A DM that belongs to no server."""
        await self._patient.chat_postMessage(
            channel=await self.channel(user_id), text=message.text, blocks=message.blocks
        )

    async def whisper(self, user_id: str, message: Message) -> None:
        """As `send`; a failure is logged."""
        try:
            await self.send(user_id, message)
        except FAILURES as error:
            log.warning("answer not delivered", user=user_id, error=error_code(error))


def _before(moment: datetime) -> str:
    """A ts that no message from then on is older than, whoever's clock is wrong."""
    return f"{(moment - _CLOCKS_DIFFER_BY).timestamp():.6f}"

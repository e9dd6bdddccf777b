"""Messages in channels and DMs: post, edit, and find again after a crash.

Every function raises what Slack's SDK raises (`bot.slack.errors.FAILURES`). This module knows
channels and no readers: `bot.slack.direct_messages` sends to a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.app import without_patience
from bot.slack.errors import MESSAGE_GONE, error_code
from handlers.kit.blocks import Message
from provisioning.access.passwords import LOOKS_LIKE_A_PASSWORD
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.people import Share
from provisioning.core.model.server import Server
from provisioning.members.refused_messages import RefusedMessages

_HISTORY_LOOKED_THROUGH = 100
_DIRECT = "D"
"""The first letter of a DM's channel id."""
_CLOCKS_DIFFER_BY = timedelta(hours=1)


@dataclass(frozen=True)
class Mark:
    """Metadata by which a message is found again.

    No message with this mark is older than `since`, by the bot's clock.
    """

    kind: str
    payload: dict[str, str]
    since: datetime

    @property
    def metadata(self) -> dict[str, object]:
        """The mark in Slack's form."""
        return {"event_type": self.kind, "event_payload": self.payload}

    @property
    def oldest(self) -> str:
        """A Slack timestamp before every message with this mark, even if the clocks differ."""
        return f"{(self.since - _CLOCKS_DIFFER_BY).timestamp():.6f}"


def card_of(server: Server) -> Mark:
    """Return the mark of a server's cards."""
    return Mark("notebook_server", {"server_id": server.id}, server.created_at)


def older_card_of(server: Server) -> Mark:
    """Return the mark of a card that a newer card of its server has replaced."""
    return Mark("notebook_older_card", {"server_id": server.id}, server.created_at)


def invitation_of(server: Server, share: Share) -> Mark:
    """Return the mark of a share's next invitation; each later one has another mark."""
    after = share.card_ts or share.since.isoformat()
    payload = {"server_id": server.id, "member": share.member, "after": after}
    return Mark("notebook_invitation", payload, share.since)


def packages_of(server: Server, *, ended: bool) -> Mark:
    """Return the mark of the message about an installation of packages."""
    payload = {"server_id": server.id, "state": "ended" if ended else "under way"}
    return Mark("notebook_packages", payload, server.created_at)


def once(key: str, since: datetime) -> Mark:
    """Return the mark of a message that is posted once; `key` is kept in Slack's history."""
    return Mark("notebook_notice", {"key": key}, since)


ALL_REFUSED = "messages_tab_disabled"
"""Slack's code for a message to any person while the app's Messages tab is off."""


class CardGoneError(Exception):
    """The message was deleted or can't be edited any more."""


class Posts:
    """The bot's messages, by channel.

    A request is sent once, without the SDK's retries: the caller decides about a retry, and may
    hold a lock meanwhile. With `patient`, a request waits out Slack's rate limit instead.
    """

    def __init__(self, client: AsyncWebClient, refused: RefusedMessages) -> None:
        self._patient = client
        self._refused = refused
        self._client = without_patience(client)
        self._channels: dict[str, str] = {}

    async def channel(self, user_id: str) -> str:
        """Return the channel id of the DM with a person, requested from Slack once per process."""
        if user_id not in self._channels:
            answer = await self._patient.conversations_open(users=user_id)
            self._channels[user_id] = answer["channel"]["id"]
        return self._channels[user_id]

    async def post(
        self, channel: str, message: Message, mark: Mark | None = None, *, patient: bool = False
    ) -> Delivery:
        """Post a new message."""
        try:
            answer = await (self._patient if patient else self._client).chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=message.blocks,
                unfurl_links=False,
                unfurl_media=False,
                metadata=None if mark is None else mark.metadata,
            )
        except SlackApiError as error:
            if error_code(error) == ALL_REFUSED:
                await self._refused.refused()
            raise
        if channel.startswith(_DIRECT):
            await self._refused.accepted()
        return Delivery(channel, answer["ts"])

    async def post_once(self, channel: str, message: Message, mark: Mark) -> Delivery:
        """Post a message, or edit the one that an earlier try has posted with that mark."""
        place = await self.find(channel, mark)
        if place is None:
            return await self.post(channel, message, mark)
        await self.edit(place, message)
        return place

    async def edit(self, place: Delivery, message: Message, mark: Mark | None = None) -> None:
        """Draw a posted message again, with another mark if one is given.

        Raise `CardGoneError` if the message no longer exists.
        """
        try:
            await self._client.chat_update(
                channel=place.channel,
                ts=place.ts,
                text=message.text,
                blocks=message.blocks,
                metadata=None if mark is None else mark.metadata,
            )
        except SlackApiError as error:
            if error_code(error) in MESSAGE_GONE:
                raise CardGoneError from None
            raise

    async def delete(self, place: Delivery) -> None:
        """Delete a posted message. Raise `CardGoneError` if the message no longer exists."""
        try:
            await self._client.chat_delete(channel=place.channel, ts=place.ts)
        except SlackApiError as error:
            if error_code(error) in MESSAGE_GONE:
                raise CardGoneError from None
            raise

    async def find(self, channel: str, mark: Mark, after: str = "") -> Delivery | None:
        """Return the latest message with that mark, newer than the timestamp `after`."""
        for message in await self._marked(channel, after or mark.oldest):
            metadata = message["metadata"]
            found = {key: metadata.get(key) for key in mark.metadata}
            if found == mark.metadata:
                return Delivery(channel, message["ts"])
        return None

    async def with_password(self, channel: str, server: Server) -> Sequence[Delivery]:
        """Return the server's messages in the channel that show a one-time password."""
        return [
            Delivery(channel, message["ts"])
            for message in await self._about(channel, server)
            if LOOKS_LIKE_A_PASSWORD.search(message.get("text", ""))
        ]

    async def older_cards(self, server: Server, place: Delivery) -> Sequence[Delivery]:
        """Return the cards before `place` that have the mark of the server's newest card."""
        return [
            Delivery(place.channel, message["ts"])
            for message in await self._about(place.channel, server)
            if message["metadata"].get("event_type") == card_of(server).kind
            and float(message["ts"]) < float(place.ts)
        ]

    async def _about(self, channel: str, server: Server) -> list[dict[str, Any]]:
        """Return the latest messages whose mark names the server, latest first."""
        return [
            message
            for message in await self._marked(channel, card_of(server).oldest)
            if message["metadata"].get("event_payload", {}).get("server_id") == server.id
        ]

    async def _marked(self, channel: str, oldest: str) -> list[dict[str, Any]]:
        """Return the latest messages with metadata, latest first."""
        answer = await self._client.conversations_history(
            channel=channel,
            limit=_HISTORY_LOOKED_THROUGH,
            oldest=oldest,
            include_all_metadata=True,
        )
        return [message for message in answer["messages"] if message.get("metadata")]

    async def has_file(self, place: Delivery, name: str) -> bool:
        """Return whether a file of that name was sent below the message."""
        answer = await self._client.conversations_history(
            channel=place.channel, limit=_HISTORY_LOOKED_THROUGH, oldest=place.ts
        )
        files = [file for each in answer["messages"] for file in each.get("files", [])]
        return any(file.get("name") == name for file in files)

    async def upload(
        self, channel: str, name: str, content: bytes, title: str, comment: str = ""
    ) -> None:
        """Send a file by the SDK's upload, which takes three requests."""
        await self._patient.files_upload_v2(
            channel=channel,
            filename=name,
            content=content,
            title=title,
            initial_comment=comment or None,
        )

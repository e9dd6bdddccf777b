"""Weekly reports in Slack: a message and a picture each."""

import asyncio
from collections.abc import Callable

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from bot.slack.access import Admins
from bot.slack.direct_messages import DirectMessages
from bot.slack.errors import FAILURES, as_delivery_error, error_code
from bot.slack.files import SlackFiles
from bot.slack.languages import SlackLanguages
from handlers.kit.blocks import Message
from handlers.usage.usage_chart import usage_picture
from handlers.usage.weekly import week_message, week_of_everybody_message, week_title
from provisioning.core.language import speaking
from provisioning.usage.measure import Usage
from provisioning.usage.weekly import Week, WeeklyMessages

_NO_PLACE = frozenset({"channel_not_found", "not_in_channel", "is_archived", "restricted_action"})
"""Answers of a channel that the bot can't write into until somebody changes something."""

log = structlog.get_logger(__name__)


class SlackWeeklyMessages(WeeklyMessages):
    """`channel`: where everybody's goes; empty: by DM to the `admins`."""

    def __init__(
        self, client: AsyncWebClient, admins: Admins, channel: str, languages: SlackLanguages
    ) -> None:
        self._messages, self._files = DirectMessages(client), SlackFiles(client)
        self._admins, self._channel = admins, channel
        self._languages = languages

    @override
    async def post_week(self, owner: str, week: Week, usage: Usage) -> None:
        try:
            await self._to_person(owner, week, usage, week_message)
        except FAILURES as error:
            raise as_delivery_error(error) from None

    @override
    async def post_week_of_everybody(self, week: Week, usage: Usage) -> None:
        # Where the channel refuses the report, the admins get it.
        try:
            if self._channel and await self._channel_took_it(week, usage):
                return
            for admin in await self._admins():
                await self._to_person(admin, week, usage, week_of_everybody_message, by_owner=True)
        except FAILURES as error:
            raise as_delivery_error(error) from None

    async def _channel_took_it(self, week: Week, usage: Usage) -> bool:
        try:
            await self._send(self._channel, week, usage, week_of_everybody_message, by_owner=True)
        except SlackApiError as error:
            if error_code(error) not in _NO_PLACE:
                raise
            log.warning(
                "the channel of the weekly report does not take it: invite the bot into it, or "
                "correct NOTEBOOK_BOT_REPORT__CHANNEL",
                channel=self._channel,
                error=error_code(error),
            )
            return False
        return True

    async def _to_person(
        self,
        user_id: str,
        week: Week,
        usage: Usage,
        draw: Callable[[Week, Usage], Message],
        *,
        by_owner: bool = False,
    ) -> None:
        channel = await self._messages.channel(user_id)
        with speaking(await self._languages.of(user_id)):
            await self._send(channel, week, usage, draw, by_owner=by_owner)

    async def _send(
        self,
        channel: str,
        week: Week,
        usage: Usage,
        draw: Callable[[Week, Usage], Message],
        *,
        by_owner: bool,
    ) -> None:
        """The message by its key, then the picture by its name: what an earlier try has sent is
        not sent again."""
        name = f"usage-{week.name}{'-everybody' if by_owner else ''}"
        place = await self._messages.post_once_in(channel, draw(week, usage), name, week.ends_at)
        title = week_title(week)
        # A thread has the language of whoever starts it.
        picture = await asyncio.to_thread(usage_picture, usage, title, by_owner=by_owner)
        if not await self._messages.has_file(place, f"{name}.png"):
            await self._files.upload(channel, f"{name}.png", picture, title=str(title))

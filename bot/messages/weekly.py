"""Weekly reports in Slack, each a message and a picture."""

import asyncio
from collections.abc import Callable

import structlog
from slack_sdk.errors import SlackApiError
from typing_extensions import override

from bot.slack.access import Admins
from bot.slack.direct_messages import DirectMessages
from bot.slack.errors import FAILURES, as_delivery_error, error_code
from bot.slack.posts import once
from handlers.kit.blocks import Message
from handlers.usage.usage_chart import usage_picture
from handlers.usage.weekly import week_message, week_of_everybody_message, week_title
from provisioning.core.language import speaking
from provisioning.core.model.delivery import Delivery
from provisioning.usage.measure import Usage
from provisioning.usage.weekly import Week, WeeklyMessages

_NO_PLACE = frozenset({"channel_not_found", "not_in_channel", "is_archived", "restricted_action"})
"""Error codes of a channel that need an admin's action; a retry is useless."""

log = structlog.get_logger(__name__)


class SlackWeeklyMessages(WeeklyMessages):
    """Weekly reports. The installation's goes to `channel`, or to each admin if `channel` is ""."""

    def __init__(self, messages: DirectMessages, admins: Admins, channel: str) -> None:
        self._messages, self._posts = messages, messages.posts
        self._admins, self._channel = admins, channel

    @override
    async def post_week(self, owner: str, week: Week, usage: Usage) -> None:
        await self._to_person(owner, week, usage, week_message)

    @override
    async def post_week_of_everybody(self, week: Week, usage: Usage) -> None:
        # Where the channel refuses the report, the admins get it.
        if self._channel and await self._channel_took_it(week, usage):
            return
        for admin in await self._admins():
            await self._to_person(admin, week, usage, week_of_everybody_message, by_owner=True)

    async def _channel_took_it(self, week: Week, usage: Usage) -> bool:
        mark = once(_name(week, by_owner=True), week.ends_at)
        try:
            message = week_of_everybody_message(week, usage)
            place = await self._posts.post_once(self._channel, message, mark)
            await self._add_picture(place, week, usage, by_owner=True)
        except FAILURES as error:
            if not isinstance(error, SlackApiError) or error_code(error) not in _NO_PLACE:
                raise as_delivery_error(error) from None
            log.warning(
                "the channel does not take the weekly report: invite the bot into the channel, or "
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
        with speaking(await self._messages.languages.of(user_id)):
            place = await self._messages.send(
                user_id,
                draw(week, usage),
                must_arrive=True,
                after_quiet_hours=False,
                once=once(_name(week, by_owner=by_owner), week.ends_at),
            )
            try:
                await self._add_picture(place, week, usage, by_owner=by_owner)
            except FAILURES as error:
                raise as_delivery_error(error) from None

    async def _add_picture(
        self, place: Delivery, week: Week, usage: Usage, *, by_owner: bool
    ) -> None:
        """Send the picture below the message, unless an earlier try has sent it."""
        title, name = week_title(week), f"{_name(week, by_owner=by_owner)}.png"
        # A new thread has the language of the moment.
        picture = await asyncio.to_thread(usage_picture, usage, title, by_owner=by_owner)
        if not await self._posts.has_file(place, name):
            await self._posts.upload(place.channel, name, picture, title=str(title))


def _name(week: Week, *, by_owner: bool) -> str:
    """Return the message's key, which also names the picture."""
    return f"usage-{week.name}{'-everybody' if by_owner else ''}"

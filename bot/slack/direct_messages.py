"""Every DM of the bot, with its delivery options at the call.

docs/decisions/messages.md lists which message uses which options.
"""

import json
import uuid
from collections.abc import Callable
from typing import Literal, overload

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from bot.slack.errors import FAILURES, NEVER_DELETED, as_delivery_error, error_code
from bot.slack.languages import SlackLanguages
from bot.slack.posts import CardGoneError, Mark, Posts
from handlers.kit.blocks import Message
from handlers.kit.messages import Messages
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.server import Server
from provisioning.members.quiet_hours import HeldMessage, Quiet
from provisioning.members.refused_messages import RefusedMessages

log = structlog.get_logger(__name__)

Content = Message | Callable[[], Message]
"""A drawn message, or a function that draws it; the function runs in the reader's language."""


class DirectMessages(Messages):
    """DMs to members.

    The options:
        must_arrive: raise `DeliveryError` if Slack did not take the message, without a retry:
            the caller retries or reports the failure. Otherwise a rate limit is waited out, and
            the message is lost after any other failure, which is logged.
        after_quiet_hours: keep the message until the reader's quiet hours end.
        once: the mark of a message that is posted once. If an earlier try has posted the message,
            that message is found and drawn again.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        languages: SlackLanguages,
        quiet: Quiet,
        refused: RefusedMessages,
    ) -> None:
        self.posts, self.languages, self.refused = Posts(client, refused), languages, refused
        self._quiet = quiet

    @overload
    async def send(
        self,
        user_id: str,
        content: Content,
        *,
        must_arrive: Literal[True],
        after_quiet_hours: Literal[False],
        once: Mark | None = None,
    ) -> Delivery: ...

    @overload
    async def send(
        self,
        user_id: str,
        content: Content,
        *,
        must_arrive: bool,
        after_quiet_hours: bool,
        once: Mark | None = None,
    ) -> Delivery | None: ...

    @override
    async def send(
        self,
        user_id: str,
        content: Content,
        *,
        must_arrive: bool,
        after_quiet_hours: bool,
        once: Mark | None = None,
    ) -> Delivery | None:
        """Send a DM. Return None if the message waits for the end of quiet hours or is lost."""
        message = await self._drawn(user_id, content)
        if after_quiet_hours and await self._held(user_id, message, once):
            return None
        try:
            channel = await self.posts.channel(user_id)
            if once is not None:
                return await self.posts.post_once(channel, message, once)
            return await self.posts.post(channel, message, patient=not must_arrive)
        except FAILURES as error:
            if must_arrive:
                raise as_delivery_error(error) from None
            log.warning("message not delivered", user=user_id, error=error_code(error))
            return None

    async def update(
        self,
        user_id: str,
        place: Delivery,
        content: Content,
        *,
        must_arrive: bool,
        mark: Mark | None = None,
    ) -> bool:
        """Draw a posted DM again; return False if the DM no longer exists or was not drawn.

        Slack announces no edit, so an edit waits for no quiet hours. With `must_arrive`, raises
        `DeliveryError` if Slack did not take the edit. `mark` replaces the message's mark.
        """
        message = await self._drawn(user_id, content)
        try:
            await self.posts.edit(place, message, mark)
        except CardGoneError:
            log.info("message is gone", user=user_id, channel=place.channel)
            return False
        except FAILURES as error:
            if must_arrive:
                raise as_delivery_error(error) from None
            log.info("message not updated", user=user_id, error=error_code(error))
            return False
        return True

    async def remove(
        self, user_id: str, place: Delivery, instead: Content, *, must_arrive: bool, mark: Mark
    ) -> bool:
        """Delete a posted DM; return False if Slack did not delete it now.

        Where the workspace lets the bot delete nothing, the DM becomes `instead` with that mark.
        With `must_arrive`, raises `DeliveryError` instead of returning False.
        """
        try:
            await self.posts.delete(place)
        except CardGoneError:
            return True
        except FAILURES as error:
            if error_code(error) in NEVER_DELETED:
                return await self.update(
                    user_id, place, instead, must_arrive=must_arrive, mark=mark
                )
            if must_arrive:
                raise as_delivery_error(error) from None
            log.info("message not deleted", user=user_id, error=error_code(error))
            return False
        return True

    async def find(self, user_id: str, mark: Mark) -> Delivery | None:
        """Find the latest DM with that mark. Raises `DeliveryError` if Slack does not answer."""
        try:
            return await self.posts.find(await self.posts.channel(user_id), mark)
        except FAILURES as error:
            raise as_delivery_error(error) from None

    async def messages_with_password(
        self, user_id: str, server: Server, shown: Delivery | None = None
    ) -> list[Delivery] | None:
        """Return the server's messages to a person that show a password, all but `shown`.

        Return None if Slack does not answer; the next message with a password asks again.
        """
        try:
            channel = await self.posts.channel(user_id)
            places = await self.posts.with_password(channel, server)
        except FAILURES as error:
            log.info("older passwords not found", user=user_id, error=error_code(error))
            return None
        return [place for place in places if shown is None or place.ts != shown.ts]

    @override
    async def send_file(
        self, user_id: str, name: str, content: bytes, title: str, comment: str = ""
    ) -> None:
        try:
            channel = await self.posts.channel(user_id)
            await self.posts.upload(channel, name, content, title, comment)
        except FAILURES as error:
            raise as_delivery_error(error) from None

    async def post_held(self, held: HeldMessage) -> None:
        """Post a held message after its quiet hours; raise `DeliveryError` if Slack refused it."""
        message = Message(held.text, json.loads(held.blocks))
        try:
            channel = await self.posts.channel(held.user_id)
            await self.posts.post(channel, message, patient=True)
        except FAILURES as error:
            raise as_delivery_error(error) from None

    async def _drawn(self, user_id: str, content: Content) -> Message:
        if isinstance(content, Message):
            return content
        return await self.languages.drawn(user_id, content)

    async def _held(self, user_id: str, message: Message, once: Mark | None) -> bool:
        until = await self._quiet.until(user_id)
        if until is None:
            return False
        key = once.payload["key"] if once else f"{user_id}:{uuid.uuid4()}"
        blocks = json.dumps(message.blocks, ensure_ascii=False)
        await self._quiet.held.hold(
            HeldMessage(key, user_id, until, text=message.text, blocks=blocks)
        )
        return True

"""The tools of every listener, as contracts. The running process (`bot`) implements them."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from handlers.kit.answer_in_time import ANSWER_BUDGET_SECONDS
from handlers.kit.blocks import Message
from handlers.kit.mentions import Mention, parse_mention
from handlers.kit.messages import Messages
from handlers.kit.undelivered import below_undelivered
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.people import Member
from provisioning.members.refused_messages import RefusedMessages

_T = TypeVar("_T")

log = structlog.get_logger(__name__)


class Access(Protocol):
    """Answer who may use the bot."""

    async def is_admin(self, user_id: str) -> bool:
        """Return whether the person is an admin of the bot."""
        ...

    async def require_member(self, user_id: str) -> None:
        """Raise `UserError`, which names an admin to ask, if the person may not use the bot."""
        ...

    async def is_member(self, user_id: str) -> bool:
        """Return whether the person may use the bot; raise `UserError` if Slack does not say."""
        ...

    def whom_to_ask(self) -> str:
        """Return the admins as mentions."""
        ...

    def who_approves(self) -> str:
        """Return the approvers as mentions."""
        ...

    def groups_changed(self) -> None:
        """Ask Slack again who is in the user groups, since a group has changed."""
        ...


class Tasks(Protocol):
    """Tasks that outlive their listener and are drained at shutdown."""

    def spawn(self, work: Coroutine[Any, Any, _T], name: str) -> asyncio.Task[_T]:
        """Run the work as a task; an error in it is logged."""
        ...


class Homes(Protocol):
    """Keep Home tabs up to date."""

    def visited(self, user_id: str) -> None:
        """Keep this person's Home tab up to date from now on."""
        ...


class Colleagues(Protocol):
    """Find people."""

    async def find(self, mention: Mention, *, also_outsiders: bool = False) -> Member:
        """Return the mentioned person with their display name.

        Raises `UserError` if Slack knows no such person. Without `also_outsiders`, also raises it
        if the person may not use the bot.
        """
        ...


class Languages(Protocol):
    """Find a person's language: a tag for `provisioning.core.language.speaking`."""

    async def of(self, user_id: str) -> str:
        """Return the language of the person's settings, else that of their Slack.

        Returns "" (English) if Slack does not answer soon.
        """
        ...

    def known(self, user_id: str) -> str:
        """Return the last known language without waiting, "" if none is known."""
        ...


class Modals(Protocol):
    """Show forms in modals."""

    async def open(self, trigger_id: str, view: dict[str, Any]) -> str:
        """Show the view, within 3 seconds of the trigger; return the id of the open view."""
        ...

    async def update(self, view_id: str, view: dict[str, Any]) -> None:
        """Replace the open view. If the person has closed it, return without error."""
        ...


@dataclass(frozen=True)
class Toolkit:
    """The tools that any listener may need beside its use case."""

    access: Access
    tasks: Tasks
    messages: Messages
    modals: Modals
    homes: Homes
    people: Colleagues
    languages: Languages
    refused: RefusedMessages
    answer_seconds: float = ANSWER_BUDGET_SECONDS
    """The time that a listener waits for its answer before it acknowledges without one."""

    async def member(self, user_id: str, name: str) -> Member:
        """Return the person with the rights that the settings and Slack's groups give."""
        return Member(user_id, name, await self.access.is_admin(user_id))

    async def completed(self, answer: Message, *, to_admin: bool) -> Message:
        """Return the answer, with a paragraph above it while Slack refuses all direct messages."""
        if await self.refused.since() is None:
            return answer
        return below_undelivered(answer, to_admin=to_admin)

    async def sender(self, user: dict[str, Any]) -> Member:
        """Return the person whom the `user` of a click's or a submission's payload names."""
        return await self.member(user["id"], user.get("username") or user.get("name") or "")

    async def picked(self, value: str, *, also_outsiders: bool = False) -> tuple[str, Member]:
        """Return the id before the slash of a person picker's value, and the picked person.

        Raises:
            UserError: if no person was picked, or as `Colleagues.find`.
        """
        first, _slash, user_id = value.partition("/")
        if not user_id:
            raise UserError(_("No person is chosen. Choose a person."))
        mention = parse_mention(f"<@{user_id}>")
        return first, await self.people.find(mention, also_outsiders=also_outsiders)


async def answer_later(
    kit: Toolkit,
    client: AsyncWebClient,
    response_url: str | None,
    user_id: str,
    message: Message,
    **options: Any,
) -> None:
    """Send an answer through the response_url, over the shared session, or else by DM.

    A DM is sent if the response_url has expired (its status says so), can't be reached, or does
    not exist (a click in the Home tab).
    """
    reason = "there is none"
    if response_url:
        try:
            webhook = AsyncWebhookClient(response_url, session=client.session)
            answer = await webhook.send(text=message.text, blocks=message.blocks, **options)
            if answer.status_code == HTTPStatus.OK:
                return
            reason = f"status {answer.status_code}"
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            reason = type(error).__name__
    log.info("answer goes by DM", user=user_id, response_url=reason)
    await kit.messages.send(user_id, message, must_arrive=False, after_quiet_hours=False)

"""What the listeners work with. The running process (bot) fills it in."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from handlers.kit.blocks import Message
from handlers.kit.mentions import Mention, parse_mention
from handlers.kit.messages import Messages
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.people import Member

_T = TypeVar("_T")

log = structlog.get_logger(__name__)


class Access(Protocol):
    """Who may use the bot."""

    async def is_admin(self, user_id: str) -> bool:
        """Whether the person runs the bot."""
        ...

    async def require_member(self, user_id: str) -> None:
        """Raises `UserError` that says whom to ask, if the person may not."""
        ...

    def who_approves(self) -> str:
        """Those who decide about what is beyond a member's limits, as mentions."""
        ...


class Tasks(Protocol):
    """Work that outlives its listener and is drained at shutdown."""

    def spawn(self, work: Coroutine[Any, Any, _T], name: str) -> asyncio.Task[_T]:
        """Run it; an error is logged."""
        ...


class Homes(Protocol):
    """Whose Home tab is kept up to date."""

    def visited(self, user_id: str) -> None:
        """From now on this person's is."""
        ...


class Colleagues(Protocol):
    """Who is meant."""

    async def find(self, mention: Mention, *, also_outsiders: bool = False) -> Member:
        """The person, with the name that others see. Raises `UserError` if there is none, or
        they may not use the bot and not `also_outsiders` are looked for."""
        ...


class Languages(Protocol):
    """Which language a person is spoken to in: a tag for `provisioning.core.language.speaking`."""

    async def of(self, user_id: str) -> str:
        """As they set it, else as their Slack is; "" (English) where that can't be known soon."""
        ...

    def known(self, user_id: str) -> str:
        """The same, of what was heard last, without waiting."""
        ...


class Modals(Protocol):
    """Forms on top of what a person sees."""

    async def open(self, trigger_id: str, view: dict[str, Any]) -> str:
        """Show it, within 3 seconds of the trigger; the id of what is shown now."""
        ...

    async def update(self, view_id: str, view: dict[str, Any]) -> None:
        """Draw it again. If the person has closed it, returns without error."""
        ...


@dataclass(frozen=True)
class Toolkit:
    """What every listener may need beside its own use case."""

    access: Access
    tasks: Tasks
    messages: Messages
    modals: Modals
    homes: Homes
    people: Colleagues
    languages: Languages

    async def member(self, user_id: str, name: str) -> Member:
        """Return the person with the rights that the settings give; Slack may be asked for them."""
        return Member(user_id, name, await self.access.is_admin(user_id))

    async def sender(self, user: dict[str, Any]) -> Member:
        """Return the person of a click or a submission, as its payload's `user` names them."""
        return await self.member(user["id"], user.get("username") or user.get("name") or "")

    async def picked(self, value: str, *, also_outsiders: bool = False) -> tuple[str, Member]:
        """Return what stands before the slash of a person picker's value, and the person.

        Raises:
            UserError: if no person was picked, or as `Colleagues.find`.
        """
        first, _slash, user_id = value.partition("/")
        if not user_id:
            raise UserError(_("That choice names nobody. Choose a person."))
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
    """Through the response_url, over the shared session; by DM where that has expired (it
    answers, it doesn't raise), can't be reached, or does not exist (a click in the Home tab)."""
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

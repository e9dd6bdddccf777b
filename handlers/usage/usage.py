"""`usage`, `admin usage` and `admin cost`: an answer at once, and pictures and files by DM."""

import asyncio

import structlog

from handlers.commands.request import Asked, days_of
from handlers.kit.blocks import Message, plain
from handlers.kit.context import Context
from handlers.usage import answers as usage_answers
from handlers.usage.usage_chart import usage_picture
from provisioning.core.errors import DeliveryError
from provisioning.core.language import N_, _, number, said
from provisioning.core.model.people import Member
from provisioning.usage.measure import Usage

USUAL_DAYS = 30
MOST_DAYS = 366

log = structlog.get_logger(__name__)


class UsageCommands:
    """A method for each subcommand."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._drawing = asyncio.Semaphore()

    async def usage(self, asked: Asked) -> Message:
        """The person's own."""
        days = days_of(asked.command, USUAL_DAYS, MOST_DAYS)
        usage = await self._context.usage.of_member(asked.member, days)
        if usage.entries:
            self._send_picture(asked.member, usage, N_("Your usage, last {days} days", days=days))
        return usage_answers.usage_answer(usage)

    async def of_everybody(self, asked: Asked) -> Message:
        """The installation's, by person."""
        days = days_of(asked.command, USUAL_DAYS, MOST_DAYS)
        usage = await self._context.usage.of_everybody(asked.member, days)
        if asked.command.get("csv") is not None:
            content = usage_answers.usage_csv(usage)
            await self._context.files.send(asked.member.id, "usage.csv", content, "Usage")
            lines = number(len(usage.entries))
            return plain(_("{count} lines are on their way to you by DM, as a file.", count=lines))
        title = N_("Everybody's usage, last {days} days", days=days)
        self._send_picture(asked.member, usage, title, by_owner=True)
        return usage_answers.usage_message(usage, said(title), by_owner=True)

    async def cost(self, asked: Asked) -> Message:
        """This month's, by person."""
        month = await self._context.usage.month(asked.member)
        title = N_("Cost in {month}", month=month.usage.until.strftime("%Y-%m"))
        self._send_picture(asked.member, month.usage, title, by_owner=True)
        return usage_answers.month_answer(month)

    def _send_picture(
        self, member: Member, usage: Usage, title: str, *, by_owner: bool = False
    ) -> None:
        self._context.tasks.spawn(
            self._draw_and_send(member, usage, title, by_owner=by_owner), "usage picture"
        )

    async def _draw_and_send(
        self, member: Member, usage: Usage, title: str, *, by_owner: bool
    ) -> None:
        # One at a time: threads that compute take turns with the one that answers people. A
        # thread has the language of the moment too.
        async with self._drawing:
            picture = await asyncio.to_thread(usage_picture, usage, title, by_owner=by_owner)
        message = usage_answers.usage_message(usage, said(title), by_owner=by_owner)
        try:
            await self._context.files.send(
                member.id, "usage.png", picture, said(title), comment=message.text
            )
        except DeliveryError as error:
            log.warning("picture not delivered", user=member.id, reason=error.reason)

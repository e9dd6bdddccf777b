"""`usage`, `admin usage` and `admin cost`: an answer at once, and pictures and files by DM."""

import asyncio

import structlog

from handlers.commands.registry import Command, Handlers
from handlers.commands.request import Asked, days_of
from handlers.kit.blocks import Message, plain
from handlers.kit.toolkit import Toolkit
from handlers.usage.answers import month_answer, usage_answer, usage_csv, usage_message
from handlers.usage.usage_chart import usage_picture
from provisioning.core.errors import DeliveryError
from provisioning.core.language import N_, _, number, said
from provisioning.core.model.people import Member
from provisioning.usage.measure import Usage
from provisioning.usage.reports import UsageReports

USUAL_DAYS = 30
MOST_DAYS = 366

log = structlog.get_logger(__name__)


class UsageCommands(Handlers):
    """The commands about hours and money."""

    def __init__(self, reports: UsageReports, kit: Toolkit) -> None:
        self._reports = reports
        self._kit = kit
        self._drawing = asyncio.Semaphore()

    async def usage(self, asked: Asked) -> Message:
        """The person's own."""
        days = days_of(asked.command, USUAL_DAYS, MOST_DAYS)
        usage = await self._reports.of_member(asked.member, days)
        if usage.entries:
            self._send_picture(asked.member, usage, N_("Your usage, last {days} days", days=days))
        return usage_answer(usage)

    async def of_everybody(self, asked: Asked) -> Message:
        """The installation's, by person."""
        days = days_of(asked.command, USUAL_DAYS, MOST_DAYS)
        usage = await self._reports.of_everybody(asked.member, days)
        if asked.command.get("csv") is not None:
            content = usage_csv(usage)
            await self._kit.messages.send_file(asked.member.id, "usage.csv", content, "Usage")
            lines = number(len(usage.entries))
            return plain(_("{count} lines are on their way to you by DM, as a file.", count=lines))
        title = N_("Everybody's usage, last {days} days", days=days)
        self._send_picture(asked.member, usage, title, by_owner=True)
        return usage_message(usage, said(title), by_owner=True)

    async def cost(self, asked: Asked) -> Message:
        """This month's, by person."""
        month = await self._reports.month(asked.member)
        title = N_("Cost in {month}", month=month.usage.until.strftime("%Y-%m"))
        self._send_picture(asked.member, month.usage, title, by_owner=True)
        return month_answer(month)

    def _send_picture(
        self, member: Member, usage: Usage, title: str, *, by_owner: bool = False
    ) -> None:
        self._kit.tasks.spawn(
            self._draw_and_send(member, usage, title, by_owner=by_owner), "usage picture"
        )

    async def _draw_and_send(
        self, member: Member, usage: Usage, title: str, *, by_owner: bool
    ) -> None:
        # One at a time: threads that compute take turns with the one that answers people. A
        # thread has the language of the moment too.
        async with self._drawing:
            picture = await asyncio.to_thread(usage_picture, usage, title, by_owner=by_owner)
        message = usage_message(usage, said(title), by_owner=by_owner)
        try:
            await self._kit.messages.send_file(
                member.id, "usage.png", picture, said(title), comment=message.text
            )
        except DeliveryError as error:
            log.warning("picture not delivered", user=member.id, reason=error.reason)

    COMMANDS = (
        Command(
            "usage",
            "[--days N]",
            N_(
                "Hours and cost of your servers by day, and how much of it was idle; with a "
                "picture by DM."
            ),
            usage,
            options=("days",),
            example="usage --days 14",
        ),
        Command(
            "admin usage",
            "[--days N] [--csv]",
            N_(
                "Everybody's hours and cost by person, with a picture by DM. `--csv`: a file, by "
                "day too."
            ),
            of_everybody,
            options=("days",),
            flags=("csv",),
            admin_only=True,
            example="admin usage --days 90 --csv",
        ),
        Command(
            "admin cost",
            "",
            N_("What this month cost so far, by person, and what it will have cost at its end."),
            cost,
            admin_only=True,
        ),
    )

"""The commands `usage`, `admin usage` and `admin cost`; charts and files follow by DM."""

import asyncio

import structlog

from handlers.commands.registry import Command, Handlers
from handlers.commands.request import CommandRequest, days_of
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
    """Handlers of the commands about usage (hours and money)."""

    def __init__(self, reports: UsageReports, kit: Toolkit) -> None:
        self._reports = reports
        self._kit = kit
        self._drawing = asyncio.Semaphore()

    async def usage(self, request: CommandRequest) -> Message:
        """Show the member's own usage."""
        days = days_of(request.command, USUAL_DAYS, MOST_DAYS)
        usage = await self._reports.of_member(request.member, days)
        if usage.entries:
            self._send_picture(request.member, usage, N_("Your usage, last {days} days", days=days))
        return usage_answer(usage)

    async def of_all(self, request: CommandRequest) -> Message:
        """Show the usage of the whole installation, by owner."""
        days = days_of(request.command, USUAL_DAYS, MOST_DAYS)
        usage = await self._reports.of_everybody(request.member, days)
        if request.command.get("csv") is not None:
            content = usage_csv(usage)
            await self._kit.messages.send_file(request.member.id, "usage.csv", content, _("Usage"))
            lines = number(len(usage.entries))
            return plain(_("{count} lines are on their way to you by DM, as a file.", count=lines))
        title = N_("All members' usage, last {days} days", days=days)
        self._send_picture(request.member, usage, title, by_owner=True)
        return usage_message(usage, said(title), by_owner=True)

    async def cost(self, request: CommandRequest) -> Message:
        """Show this month's cost, by owner."""
        month = await self._reports.month(request.member)
        title = N_("Cost in {month}", month=month.usage.until.strftime("%Y-%m"))
        self._send_picture(request.member, month.usage, title, by_owner=True)
        return month_answer(month)

    def _send_picture(
        self, member: Member, usage: Usage, title: str, *, by_owner: bool = False
    ) -> None:
        self._kit.tasks.spawn(
            self._draw_and_send(member, usage, title, by_owner=by_owner), "usage chart"
        )

    async def _draw_and_send(
        self, member: Member, usage: Usage, title: str, *, by_owner: bool
    ) -> None:
        # One chart at a time: a thread that draws takes time from the one that answers requests.
        # `to_thread` keeps the reader's language.
        async with self._drawing:
            picture = await asyncio.to_thread(usage_picture, usage, title, by_owner=by_owner)
        message = usage_message(usage, said(title), by_owner=by_owner)
        try:
            await self._kit.messages.send_file(
                member.id, "usage.png", picture, said(title), comment=message.text
            )
        except DeliveryError as error:
            log.warning("chart not delivered", user=member.id, reason=error.reason)

    COMMANDS = (
        Command(
            "usage",
            "[--days N]",
            N_(
                "Hours and cost of your servers, and how much of the time was idle, with a chart "
                "by day in a DM."
            ),
            usage,
            options=("days",),
            example="usage --days 14",
        ),
        Command(
            "admin usage",
            "[--days N] [--csv]",
            N_(
                "All servers' hours and cost by member, with a chart by DM. `--csv`: a file, by "
                "day too."
            ),
            of_all,
            options=("days",),
            flags=("csv",),
            admin_only=True,
            example="admin usage --days 90 --csv",
        ),
        Command(
            "admin cost",
            "",
            N_("This month's cost so far, by member, and the expected cost at its end."),
            cost,
            admin_only=True,
        ),
    )

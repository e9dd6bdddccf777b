"""The weekly report of hours, cost and savings, to each owner and to the admins, once a week.

A tick every hour posts the reports that are due by the owner's clock and not posted yet. A report
that fell due while the bot was down is posted late.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

import structlog

from provisioning.core.model.hours import zone_of
from provisioning.core.ports.engine import Clock
from provisioning.core.retry import all_of
from provisioning.members.posted_once import PostedOnce, post_once
from provisioning.usage.measure import Usage, start_of_day
from provisioning.usage.reports import INSTALLATION_ZONE, UsageReports

EVERYBODY = "everybody"
"""Stands in a key in place of an owner, for the report about all servers."""
WEEKLY_CRON = "2 * * * *"
_WEEK = timedelta(days=7)
_AT_ONCE = 4

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Week:
    """A week from Monday (`first`) to Sunday."""

    first: date

    @property
    def name(self) -> str:
        """The week's name by ISO 8601 ("2026-W47")."""
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def last(self) -> date:
        """The week's Sunday."""
        return self.first + timedelta(days=6)

    @property
    def ends_at(self) -> datetime:
        """The earliest end of the week in any time zone: no report is posted before."""
        return start_of_day(self.first + _WEEK, "Pacific/Kiritimati")


class WeeklyMessages(Protocol):
    """The weekly reports.

    Both methods raise `DeliveryError` if Slack did not take a message. A second call after a
    crash posts nothing twice. The caller asks for the owner's quiet hours first.
    """

    async def post_week(self, owner: str, week: Week, usage: Usage) -> None:
        """Post an owner's week in their DM."""
        ...

    async def post_week_of_everybody(self, week: Week, usage: Usage) -> None:
        """Post the installation's week in the report's channel, or in each admin's DM."""
        ...


@dataclass(frozen=True)
class WeeklyConfig:
    """`hour` of Monday from which reports are posted, by the owner's clock (all servers: UTC)."""

    hour: int = 9


async def _never_quiet(_user_id: str) -> datetime | None:
    return None


@dataclass(frozen=True)
class WeeklyReports:
    """The use case. `quiet_until` returns the end of a member's quiet hours, or None outside."""

    usage: UsageReports
    posted: PostedOnce
    messages: WeeklyMessages
    clock: Clock
    config: WeeklyConfig = WeeklyConfig()
    quiet_until: Callable[[str], Awaitable[datetime | None]] = _never_quiet

    async def tick(self, _scheduled_at: datetime) -> None:
        """Post the reports that are due now."""
        now = self.clock.now()
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(owner: str) -> None:
            async with places:
                try:
                    await self._post(owner, now)
                except Exception:
                    log.exception("weekly report not sent", owner=owner)

        owners = await self.usage.book.owners(now - 2 * _WEEK)
        await all_of(*(one(owner) for owner in [EVERYBODY, *sorted(owners)]))

    async def _post(self, owner: str, now: datetime) -> None:
        """Post an owner's report if it is due and the owner had servers.

        In an owner's quiet hours it is not due; the tick of a later hour tries again.
        """
        everybody = owner == EVERYBODY
        zone = INSTALLATION_ZONE if everybody else await self.usage.zone(owner)
        week = last_week(now, zone)
        key = f"weekly:{week.name}:{owner}"
        due_at = start_of_day(week.first + _WEEK, zone) + timedelta(hours=self.config.hour)
        if now < due_at or not await self.posted.unposted([key]):
            return
        if not everybody and await self.quiet_until(owner) is not None:
            return
        since, until = start_of_day(week.first, zone), start_of_day(week.first + _WEEK, zone)
        usage = await self.usage.between(since, until, zone, None if everybody else owner)

        async def post() -> None:
            if not usage.entries:
                return
            if everybody:
                await self.messages.post_week_of_everybody(week, usage)
            else:
                await self.messages.post_week(owner, week, usage)

        await post_once(self.posted, key, now, post)


def last_week(now: datetime, zone: str) -> Week:
    """Return the week before the week of `now`."""
    today = now.astimezone(zone_of(zone)).date()
    return Week(today - timedelta(days=today.weekday() + 7))

"""The weekly report: what last week's servers ran, cost and saved, to each owner and to those who
run the bot. Each week once, whatever is restarted meanwhile.

It looks every hour who is due by their own clock and was not told yet, so a week that began while
the bot was down is told late and not never.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

import structlog

from provisioning.core.model.hours import zone_of
from provisioning.core.ports.engine import Clock
from provisioning.members.told_once import Tellings, tell_once
from provisioning.usage.measure import Usage, start_of_day
from provisioning.usage.reports import INSTALLATION_ZONE, UsageReports

EVERYBODY = "everybody"
"""In a key, in place of an owner."""
CRON = "2 * * * *"
_WEEK = timedelta(days=7)
_AT_ONCE = 4

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Week:
    """Monday to Sunday. `name` as ISO 8601 has it ("2026-W47")."""

    first: date

    @property
    def name(self) -> str:
        """As ISO 8601 has it ("2026-W47")."""
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=6)

    @property
    def ends_at(self) -> datetime:
        """A moment before which nobody is told of it: its end where it ends first."""
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
    """`hour`: of Monday, by the reader's clock (UTC for everybody's), from which it is sent."""

    hour: int = 9


async def _never_quiet(_user_id: str) -> datetime | None:
    return None


@dataclass(frozen=True)
class WeeklyReports:
    """Over the ports. `quiet_until`: when a person's quiet hours end, None outside them."""

    usage: UsageReports
    tellings: Tellings
    messages: WeeklyMessages
    clock: Clock
    config: WeeklyConfig = WeeklyConfig()
    quiet_until: Callable[[str], Awaitable[datetime | None]] = _never_quiet

    async def tick(self, _scheduled_at: datetime) -> None:
        """Send what is due now."""
        now = self.clock.now()
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(owner: str) -> None:
            async with places:
                try:
                    await self._tell(owner, now)
                except Exception:
                    log.exception("weekly report not sent", owner=owner)

        owners = await self.usage.book.owners(now - 2 * _WEEK)
        await asyncio.gather(*(one(owner) for owner in [EVERYBODY, *sorted(owners)]))

    async def _tell(self, owner: str, now: datetime) -> None:
        """If it is time and they had servers. Who is in their quiet hours is not due: a later
        hour asks again."""
        everybody = owner == EVERYBODY
        zone = INSTALLATION_ZONE if everybody else await self.usage.zone(owner)
        week = last_week(now, zone)
        key = f"weekly:{week.name}:{owner}"
        due_at = start_of_day(week.first + _WEEK, zone) + timedelta(hours=self.config.hour)
        if now < due_at or not await self.tellings.untold([key]):
            return
        if not everybody and await self.quiet_until(owner) is not None:
            return
        since, until = start_of_day(week.first, zone), start_of_day(week.first + _WEEK, zone)
        usage = await self.usage.between(since, until, zone, None if everybody else owner)

        async def tell() -> None:
            if not usage.entries:
                return
            if everybody:
                await self.messages.post_week_of_everybody(week, usage)
            else:
                await self.messages.post_week(owner, week, usage)

        await tell_once(self.tellings, key, now, tell)


def last_week(now: datetime, zone: str) -> Week:
    """The week before the one that `now` is in."""
    today = now.astimezone(zone_of(zone)).date()
    return Week(today - timedelta(days=today.weekday() + 7))

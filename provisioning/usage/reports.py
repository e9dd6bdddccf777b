"""The use cases of usage: hours and cost of a member's servers, or of all servers."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from provisioning.access.rights import require_admin
from provisioning.core.model.activity import Uses
from provisioning.core.model.hours import zone_of
from provisioning.core.model.people import Member
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.people import People
from provisioning.usage.ledger import Change, periods
from provisioning.usage.measure import Amount, Usage, measure, start_of_day, start_of_days

INSTALLATION_ZONE = "UTC"
"""Time zone of days in reports about all servers."""
USES_KEPT = timedelta(days=400)
PACE_DAYS = 7
"""Days before today whose average cost is the forecast for the rest of the month."""


class UsageBook(Protocol):
    """The store from which usage is counted."""

    async def changes(
        self, since: datetime, owner: str | None = None
    ) -> tuple[Sequence[Change], Mapping[str, str]]:
        """Return all changes of the servers that existed after `since`, in the order of writing.

        The second value has the names of servers and owners by their ids. With `owner`, only
        servers that this member owned at any time; changes under their other owners are included.
        """
        ...

    async def owners(self, since: datetime) -> Collection[str]:
        """Return each member who owned one of those servers at any time."""
        ...


@dataclass(frozen=True)
class Month:
    """`usage`: this month until now. `forecast`: the cost at the month's end, at the pace of the
    last days. `last_month`: the amount of the month before."""

    usage: Usage
    forecast: Decimal
    last_month: Amount


@dataclass(frozen=True)
class UsageReports:
    """The use cases."""

    book: UsageBook
    uses: Uses
    people: People
    clock: Clock

    async def of_member(self, actor: Member, days: int) -> Usage:
        """Return the last `days` days of the member's servers, in the member's time zone."""
        now, zone = self.clock.now(), await self.zone(actor.id)
        return await self.between(start_of_days(days, now, zone), now, zone, actor.id)

    async def of_everybody(self, actor: Member, days: int) -> Usage:
        """Return the last `days` days of all servers, in days of UTC; for admins."""
        require_admin(actor)
        now = self.clock.now()
        return await self.between(start_of_days(days, now, INSTALLATION_ZONE), now)

    async def month_of(self, actor: Member) -> Usage:
        """Return this month of the member's servers until now, in the member's time zone."""
        now, zone = self.clock.now(), await self.zone(actor.id)
        first = now.astimezone(zone_of(zone)).date().replace(day=1)
        return await self.between(start_of_day(first, zone), now, zone, actor.id)

    async def month(self, actor: Member) -> Month:
        """Return this month of all servers, the month before and the forecast; for admins."""
        require_admin(actor)
        now = self.clock.now()
        first = now.date().replace(day=1)
        before = (first - timedelta(days=1)).replace(day=1)
        everything = await self.between(start_of_day(before, INSTALLATION_ZONE), now)
        this_month = everything.between(first, now.date())
        last_month = everything.between(before, first - timedelta(days=1))
        return Month(this_month, forecast(everything, now), last_month.total())

    async def between(
        self,
        since: datetime,
        until: datetime,
        zone: str = INSTALLATION_ZONE,
        owner: str | None = None,
    ) -> Usage:
        """Return the usage of one owner or of all. Checks no rights: for the bot itself."""
        changes, names = await self.book.changes(since, owner)
        stretches = await self.uses.uses(names.keys(), since)

        def count() -> Usage:
            usage = measure(periods(changes), stretches, names, zone, since, until)
            return usage if owner is None else usage.of(owner)

        # A month of a big installation takes a second or two; the event loop must not wait.
        return await asyncio.to_thread(count)

    async def forget(self, scheduled_at: datetime) -> None:
        """Remove records of activity that are older than `USES_KEPT`."""
        await self.uses.forget_uses(scheduled_at - USES_KEPT)

    async def zone(self, user_id: str) -> str:
        """Return the member's time zone, or UTC if Slack does not have one."""
        return await self.people.zone(user_id) or INSTALLATION_ZONE


def forecast(usage: Usage, now: datetime) -> Decimal:
    """Return the expected cost (US dollars) of the month of `now`.

    It is the cost until now, and for the rest of the month the average of the `PACE_DAYS` before
    today, which `usage` must include.
    """
    today = now.date()
    so_far = usage.between(today.replace(day=1), today).total().cost
    recent = usage.between(today - timedelta(days=PACE_DAYS), today - timedelta(days=1))
    left = start_of_day(_next_month(today), usage.zone) - now
    return so_far + recent.total().cost * Decimal(left / (recent.until - recent.since))


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)

"""Hours and money: ledger, measures, reports and the overview. Changes no server."""

from dataclasses import dataclass

from provisioning.core.model.activity import Uses
from provisioning.core.ports.ports import Ports
from provisioning.idle.watch import Watches
from provisioning.members.posted_once import PostedOnce
from provisioning.members.quiet_hours import Quiet
from provisioning.servers.census import Census
from provisioning.servers.servers import Servers
from provisioning.usage.overview import Overviews, RulesOf
from provisioning.usage.reports import UsageBook, UsageReports
from provisioning.usage.weekly import WeeklyConfig, WeeklyMessages, WeeklyReports


@dataclass(frozen=True)
class UsageUseCases:
    """The use cases of this package."""

    reports: UsageReports
    overviews: Overviews
    weekly: WeeklyReports


def wire(
    ports: Ports,
    servers: Servers,
    *,
    book: UsageBook,
    uses: Uses,
    watches: Watches,
    census: Census,
    posted_once: PostedOnce,
    messages: WeeklyMessages,
    quiet: Quiet,
    rules_of: RulesOf,
    weekly: WeeklyConfig,
) -> UsageUseCases:
    """Make the use cases; `rules_of` returns the cleanup's rules for an owner's servers."""
    clock = ports.clock
    reports = UsageReports(book, uses, ports.people, clock)
    return UsageUseCases(
        reports=reports,
        overviews=Overviews(servers, watches, reports, census, clock, rules_of),
        weekly=WeeklyReports(reports, posted_once, messages, clock, weekly, quiet.until),
    )

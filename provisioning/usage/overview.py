"""The overview of a member: their servers with activity, next event and cost of this month.

Admins also see how many servers there are in all.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from provisioning.core.model.people import Member
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.model.server import Server
from provisioning.core.ports.engine import Clock
from provisioning.idle.history import History
from provisioning.idle.outlook import Outlook, outlook
from provisioning.idle.watch import WATCHED, Watch, Watches, since_the_last_change
from provisioning.servers.census import Census, Crowd
from provisioning.servers.servers import Servers
from provisioning.usage.measure import Amount, Usage
from provisioning.usage.reports import UsageReports

RulesOf = Callable[[str], Awaitable[IdlePolicy]]


@dataclass(frozen=True)
class Glance:
    """One server of an overview.

    `history` is None if the server was never probed or is between two states. `month` is the cost
    of this month so far, None for a server that another member owns.
    """

    server: Server
    history: History | None = None
    outlook: Outlook | None = None
    month: Amount | None = None


@dataclass(frozen=True)
class Overview:
    """`glances`: the member's own servers, then those shared with them. `month`: the usage of the
    member's servers, deleted ones included. `crowd`: for admins alone."""

    glances: Sequence[Glance]
    month: Usage
    crowd: Crowd | None = None


@dataclass(frozen=True)
class Overviews:
    """The use case. `rules_of` returns the rules by which an owner's servers stop, unless a
    server has its own."""

    servers: Servers
    watches: Watches
    usage: UsageReports
    census: Census
    clock: Clock
    rules_of: RulesOf

    async def of(self, actor: Member) -> Overview:
        """Return the member's overview. Reads the database alone, no machine and no cloud."""
        servers = await self.servers.list(actor)
        watches = await self.watches.of([each.id for each in servers])
        rules = {owner: await self.rules_of(owner) for owner in {each.owner for each in servers}}
        month = await self.usage.month_of(actor)
        amounts = month.by_server()
        glances = [
            self._glance(
                each,
                watches.get(each.id),
                rules[each.owner],
                amounts.get(each.id, Amount()) if each.owner == actor.id else None,
            )
            for each in servers
        ]
        crowd = await self.census.crowd() if actor.is_admin else None
        return Overview(glances, month, crowd)

    def _glance(
        self, server: Server, watch: Watch | None, rules: IdlePolicy, month: Amount | None
    ) -> Glance:
        if watch is None or server.status not in WATCHED:
            return Glance(server, month=month)
        now = self.clock.now()
        history = since_the_last_change(server, watch, now)
        policy = rules.of_server(watch.schedule, watch.idle_after)
        return Glance(server, history, outlook(history, policy, now), month)

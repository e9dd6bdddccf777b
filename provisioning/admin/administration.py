"""What admins ask about the whole installation, and announcements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from provisioning.access.rights import require_admin
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.cloud import Quota
from provisioning.core.model.events import Event
from provisioning.core.model.names import shortened
from provisioning.core.model.people import Member
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import AuditTrail, ServerStore
from provisioning.core.retry import all_of
from provisioning.servers.census import Census, Holding, Listing
from provisioning.servers.choices import choose_state
from provisioning.servers.servers import FAILED_STAY_LISTED

MOST_EVENTS = 100_000
MOST_SERVERS = 100_000


@dataclass(frozen=True)
class Quotas:
    """A region's quotas, used ones first, and `holders`: Slack id -> (servers, cores)."""

    region: str
    quotas: Sequence[Quota]
    holders: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Trail:
    """Events of the audit trail, latest first, and the number of `earlier` ones left out."""

    events: Sequence[Event]
    earlier: int = 0


@dataclass(frozen=True)
class Administration:
    """The admins' use cases. Each method refuses other members, whatever the handler checked."""

    store: ServerStore
    trail: AuditTrail
    cloud: Cloud
    host: Host
    clock: Clock
    regions: Sequence[str]
    census: Census

    @property
    def version(self) -> str:
        """The version that a server which is up to date has."""
        return self.host.version

    async def servers(self, actor: Member, status: str | None, most: int = MOST_SERVERS) -> Listing:
        """Return all live servers, or those in one state, and the last day's failed ones.

        Raises:
            UserError: if there is no such state.
        """
        require_admin(actor)
        wanted = choose_state(status)
        since = self.clock.now() - FAILED_STAY_LISTED
        return await self.census.listing(wanted, since, most)

    async def quota(self, actor: Member) -> Sequence[Quotas]:
        """Return each region's quotas and the members that hold cores there.

        The installation's regions come first, then other regions that have servers.
        """
        require_admin(actor)
        holdings = await self.census.holdings()
        besides = sorted({each.region for each in holdings if each.region} - {*self.regions})
        regions = (*self.regions, *besides)
        return await all_of(*(self._quotas(region, holdings) for region in regions))

    async def _quotas(self, region: str, holdings: Sequence[Holding]) -> Quotas:
        capacity = self.cloud.capacity
        found, sizes = await all_of(capacity.quotas(region), capacity.sizes(region))
        cores = {size.name: size.cores for size in sizes}
        holders: dict[str, tuple[int, int]] = {}
        for each in holdings:
            if each.region == region:
                count, held = holders.get(each.owner, (0, 0))
                more = each.servers * cores.get(each.size, 0)
                holders[each.owner] = (count + each.servers, held + more)
        quotas = sorted(found, key=lambda each: (-each.usage, each.title))
        return Quotas(region, quotas, holders)

    async def audit(
        self, actor: Member, name: str | None, since: timedelta, most: int = MOST_EVENTS
    ) -> Trail:
        """Return the latest `most` audit events of the latest server of that name, or of all.

        Raises:
            UserError: if there never was a server of that name.
        """
        require_admin(actor)
        server_id = None
        if name is not None:
            server = await self.store.find(name.strip().lower())
            if server is None:
                raise UserError(
                    _(
                        "There never was a server named `{name}`. `admin servers` lists all "
                        "servers.",
                        name=shortened(name),
                    )
                )
            server_id = server.id
        begin = self.clock.now() - since
        found = await self.trail.events(server_id, most, begin)
        # Counting ten thousand rows takes milliseconds; making events of them takes a second.
        earlier = await self.trail.count_events(server_id, begin) - len(found)
        return Trail(found, max(earlier, 0))

    async def announce(self, actor: Member, text: str) -> Sequence[str]:
        """Record the announcement, and return the Slack ids of the owners to notify."""
        require_admin(actor)
        owners = sorted({server.owner for server in await self.store.list_servers()})
        event = Event(self.clock.now(), actor.id, "announce", None, "accepted", text)
        await self.trail.record(event)
        return owners

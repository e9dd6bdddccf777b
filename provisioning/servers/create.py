"""The use case of a creation: check the request, price it, store the server and begin."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from provisioning.access.rights import Right, Rights, ServerRef
from provisioning.core.errors import UserError, concerning
from provisioning.core.language import _
from provisioning.core.model.cloud import Size
from provisioning.core.model.events import Event
from provisioning.core.model.limits import OverLimitError
from provisioning.core.model.names import suggest_name, validate_name
from provisioning.core.model.people import Member
from provisioning.core.model.policy import Policy
from provisioning.core.model.request import CreateRequest
from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.cloud import Cloud, Prices
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import MemberStore, ServerStore, ShareStore
from provisioning.limits.approval import Approval
from provisioning.limits.checks import LimitChecks, new_id, request_summary
from provisioning.notebooks.requirements import FIRST_PACKAGES
from provisioning.platforms.catalogue import Platform
from provisioning.servers.choices import (
    choose_disk,
    choose_platform,
    choose_release,
    require_driver,
)
from provisioning.servers.estimates import Estimates
from provisioning.servers.extras import checked_extras, shares_of
from provisioning.servers.offers import DiskOffer, Offer, Sizes, first_offered, refuse_gone_image
from provisioning.servers.regions import Regions

_NAME_TRIES = 20


@dataclass(frozen=True)
class Creation:
    """A begun creation.

    `expected_seconds` is (p50, p90). `is_new` is False if the request was handled before.
    """

    server: Server
    platform: Platform
    size: Size
    expected_seconds: tuple[int, int]
    is_new: bool


@dataclass(frozen=True)
class _Chosen:
    """A request completed by the defaults."""

    platform: Platform
    release: str
    region: str
    size: Size
    disk_gb: int
    name: str


@dataclass(frozen=True)
class Choice:
    """A member's options for a new server.

    `offers` are the sizes and `disks` the disks in `region`, which is one of `regions`, the
    platform's own disk first. `release` is the first that the region has. `keep_at_most` is how
    long ahead the server may be kept on.
    """

    regions: Sequence[str]
    region: str
    offers: Sequence[Offer]
    keep_at_most: timedelta
    disks: Sequence[DiskOffer] = ()
    release: str = ""


class Creations:
    """Create servers, within the members' limits."""

    def __init__(
        self,
        store: ServerStore,
        shares: ShareStore,
        members: MemberStore,
        limit_checks: LimitChecks,
        regions: Regions,
        cloud: Cloud,
        prices: Prices,
        sizes: Sizes,
        rights: Rights,
        work: Work,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._store = store
        self._shares = shares
        self._members = members
        self._limit_checks = limit_checks
        self._regions = regions
        self._rights = rights
        self._cloud = cloud
        self._prices = prices
        self._sizes = sizes
        self._work = work
        self._clock = clock
        self._policy = policy
        self._random = random.SystemRandom()
        self._estimates = Estimates(store)

    async def create(
        self, request: CreateRequest, *, approved: bool = False
    ) -> Creation | Approval:
        """Store a new server and begin its creation, or return a question to the approvers.

        The result is a question if the server is beyond the member's limits and not `approved`.

        Raises:
            UserError: if the platform, region or size is unknown, the name is invalid or taken,
                the server is beyond the installation's maximum, or beyond the member's limits in
                an installation without approvals.
        """
        await self._rights.require_open()
        chosen = await self._choose(request)
        now = self._clock.now()
        server = await self._row(request, chosen, now)
        event = Event(
            now, request.actor.id, "create", server.id, "accepted", request_summary(server)
        )
        allow = await self._limit_checks.allow(server, approved=approved)
        try:
            with concerning("name"):
                server, is_new = await self._store.add_server(
                    server, event, allow, shares_of(server, request)
                )
        except OverLimitError as over:
            completed = replace(
                request, size=chosen.size.name, release=chosen.release, region=chosen.region
            )
            return await self._limit_checks.ask(completed, server, over)
        await self._members.remember(request.actor, now)
        if server.status is Status.CREATING:
            await self._begin(server)
        expected = await self._estimates.creation(chosen.platform, chosen.size.name)
        return Creation(server, chosen.platform, chosen.size, expected, is_new)

    async def _choose(self, request: CreateRequest) -> _Chosen:
        """Return the request completed by the defaults. Raises as `create` does."""
        with concerning("platform"):
            platform = choose_platform(request.platform)
            named = choose_release(platform, request.release) if request.release else ""
        with concerning("region"):
            region = await self._regions.choose(request.actor.id, request.region)
        with concerning("platform"):
            release = named or await first_offered(self._cloud.images, platform, region)
            await refuse_gone_image(self._cloud.images, platform, release, region)
        with concerning("size"):
            wanted = request.size
            if request.gpu:
                wanted = await self._sizes.with_gpu(platform, wanted, region)
            size = await self._sizes.choose(platform, wanted, region)
        with concerning("disk"):
            disk_gb = choose_disk(platform, self._policy.limits.disk, request.disk_gb)
        with concerning("release"):
            require_driver(platform, release, size.name)
        with concerning("name"):
            name = validate_name(request.name) if request.name else await self._free_name()
        return _Chosen(platform, release, region, size, disk_gb, name)

    async def _row(self, request: CreateRequest, chosen: _Chosen, now: datetime) -> Server:
        platform, size, region = chosen.platform, chosen.size.name, chosen.region
        limits = await self._limit_checks.limits_of(request.actor.id)
        return Server(
            id=new_id(),
            name=chosen.name,
            owner=request.actor.id,
            owner_name=request.actor.name,
            platform=platform.name,
            release=chosen.release,
            size=size,
            disk_gb=chosen.disk_gb,
            region=region,
            status=Status.CREATING,
            created_at=now,
            request_key=request.request_key,
            price_per_hour=await self._prices.per_hour(size, platform.os, region),
            disk_price=await self._prices.disk_per_month(chosen.disk_gb, region),
            **checked_extras(platform, request, self._policy, limits.lifetime),
        )

    async def create_again(
        self, actor: Member, ref: ServerRef, region: str | None = None
    ) -> Creation | Approval:
        """Retry a failed creation, in its region or in `region`; further retries return the first.

        Raises:
            UserError: if the actor is not the owner or the creation did not fail; and as `create`
                does.
        """
        failed = await self._rights.find(actor, ref, Right.MAKE_AGAIN)
        if failed.status is not Status.FAILED:
            raise UserError(
                _("`{name}` was created after all. `status {name}` shows it.", name=failed.name)
            )
        shares = [each for each in await self._shares.shares(failed.id) if each.ended_at is None]
        return await self.create(
            CreateRequest(
                actor=actor,
                platform=failed.platform,
                name=failed.name,
                size=failed.size,
                request_key=f"again-{failed.id}",
                release=failed.release or None,
                region=region or failed.region,
                keep=timedelta(seconds=failed.keep_seconds) or None,
                packages=failed.packages,
                repository=failed.repository,
                disk_gb=failed.disk_gb or None,
                shares=tuple(Member(each.member, each.member_name) for each in shares),
            )
        )

    async def create_approved(self, request: CreateRequest) -> str:
        """Begin the creation of a server that an approver allowed, and return its id.

        Raises as `create` does.
        """
        made = await self.create(request, approved=True)
        return made.server.id if isinstance(made, Creation) else ""

    async def choice(self, member: str, platform: str, region: str) -> Choice:
        """Return the member's options for a new server; `region` "" is their first region.

        The offers are the platform's sizes that the region sells and the quota has room for now,
        in the platform's order. The default size, if it is among them, is the first.

        Raises:
            UserError: if there is no such platform or region.
        """
        limits = await self._limit_checks.limits_of(member)
        place = await self._regions.choose(member, region or None)
        keep = self._policy.idle.keep_at_most
        chosen = choose_platform(platform)
        return Choice(
            regions=self._policy.regions,
            region=place,
            release=await first_offered(self._cloud.images, chosen, place),
            offers=await self._sizes.offers(chosen, place),
            disks=await self._sizes.disks(chosen, place),
            keep_at_most=min(keep, limits.lifetime) if limits.lifetime else keep,
        )

    async def _free_name(self) -> str:
        for _try in range(_NAME_TRIES):
            name = suggest_name(self._random)
            found = await self._store.find(name)
            if found is None or not found.status.is_live:
                return name
        return f"{suggest_name(self._random)}-{self._random.randrange(1000)}"

    async def _begin(self, server: Server) -> None:
        """Begin the creation and the jobs after it; the engine runs a server's jobs in order."""
        await self._work.begin(Job.CREATE, server)
        if server.packages:
            await self._work.begin(Job.PACKAGES, server, FIRST_PACKAGES)
        if server.access_list.is_due:
            await self._work.begin(Job.PEOPLE, server, f"version-{server.access_list.version}")

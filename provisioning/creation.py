"""The use case of a new server: what was asked for is checked, priced and written down."""

import asyncio
import difflib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from provisioning.approval import Approval
from provisioning.asking import Asking, asked_for, new_id
from provisioning.errors import PermanentError, UserError, concerning
from provisioning.estimates import Estimates
from provisioning.extras import checked_extras, shares_of
from provisioning.gpus import first_with_gpu, require_driver, require_gpus
from provisioning.language import _
from provisioning.limits import OverLimitError
from provisioning.model import Event, Job, Server, Size, Status
from provisioning.names import shortened, suggest_name, validate_name
from provisioning.platforms.catalogue import (
    PLATFORMS,
    Platform,
    UnknownPlatformError,
    get_platform,
)
from provisioning.policy import Policy
from provisioning.ports import Clock, Cloud, Prices, Store, Work
from provisioning.requirements import FIRST_PACKAGES
from provisioning.wishes import CreateRequest

_NAME_TRIES = 20


@dataclass(frozen=True)
class Creation:
    """What was understood, for the answer. `expected_seconds` is (p50, p90). `is_new` is
    False where the same request was handled before."""

    server: Server
    platform: Platform
    size: Size
    expected_seconds: tuple[int, int]
    is_new: bool


@dataclass(frozen=True)
class Offer:
    """A size that can be had now, and its price in US dollars an hour (None: not known)."""

    size: Size
    price_per_hour: Decimal | None


class Creations:
    """Makes servers, for whoever may."""

    def __init__(
        self,
        store: Store,
        cloud: Cloud,
        prices: Prices,
        work: Work,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._store = store
        self._cloud = cloud
        self._prices = prices
        self._work = work
        self._clock = clock
        self._policy = policy
        self._random = random.SystemRandom()
        self._estimates = Estimates(store)
        self._asking = Asking(store, clock, policy)

    async def create(
        self, request: CreateRequest, *, approved: bool = False
    ) -> Creation | Approval:
        """Write down a new server and begin to make it; or, where it is beyond the member's
        limits and nobody has `approved` it, the question to those who decide.

        Raises:
            UserError: unknown platform or size, bad or taken name, more than the installation's
                maximum, or beyond the member's limits with nobody to ask.
        """
        with concerning("platform"):
            platform = choose_platform(request.platform)
            release = _release(platform, request.release)
            await self._refuse_gone_image(platform, release)
        with concerning("size"):
            wanted = await self._with_gpu(platform, request) if request.gpu else request.size
            size = await self._size(platform, wanted)
        with concerning("release"):
            require_driver(platform, release, size.name)
        with concerning("name"):
            name = validate_name(request.name) if request.name else await self._free_name()
        now = self._clock.now()
        server = Server(
            id=new_id(),
            name=name,
            owner=request.actor.id,
            owner_name=request.actor.name,
            platform=platform.name,
            release=release,
            size=size.name,
            region=self._policy.region,
            status=Status.CREATING,
            created_at=now,
            request_key=request.request_key,
            price_per_hour=await self._prices.per_hour(size.name, platform.os),
            **checked_extras(platform, request, self._policy),
        )
        event = Event(now, request.actor.id, "create", server.id, "accepted", asked_for(server))
        allow = await self._asking.allow(server, approved=approved)
        try:
            with concerning("name"):
                server, is_new = await self._store.add_server(
                    server, event, allow, shares_of(server, request)
                )
        except OverLimitError as over:
            wish = replace(request, size=size.name, release=release)
            return await self._asking.ask(wish, server, over)
        await self._store.remember_member(request.actor, now)
        if server.status is Status.CREATING:
            await self._begin(server)
        expected = await self._estimates.creation(platform, size.name)
        return Creation(server, platform, size, expected, is_new)

    async def offers(self, platform: Platform) -> Sequence[Offer]:
        """The platform's sizes that the region sells and the quota has room for now, in the
        platform's order; the default one is the first where it is among them."""
        allowed = self._allowed(platform)
        fitting = {size.name: size for size in await self._cloud.fitting_sizes()}
        names = sorted(
            (name for name in allowed if name in fitting),
            key=lambda name: name != platform.default_size,
        )
        prices = await asyncio.gather(*(self._prices.per_hour(name, platform.os) for name in names))
        return [Offer(fitting[name], price) for name, price in zip(names, prices, strict=True)]

    def _allowed(self, platform: Platform) -> Sequence[str]:
        gpu_sizes = platform.gpu_sizes if self._policy.gpus else ()
        return self._policy.allowed_sizes or (*platform.sizes, *gpu_sizes)

    async def _with_gpu(self, platform: Platform, request: CreateRequest) -> str:
        """The size that was named, or the first with a GPU that can be had now."""
        sizes = [each for each in self._allowed(platform) if each in platform.gpu_sizes]
        require_gpus(platform, sizes, request.size)
        if request.size:
            return request.size
        fitting = {size.name for size in await self._cloud.fitting_sizes()}
        return first_with_gpu(platform, sizes, fitting, self._policy.region)

    async def _size(self, platform: Platform, wanted: str | None) -> Size:
        allowed = self._allowed(platform)
        name = wanted or (platform.default_size if platform.default_size in allowed else allowed[0])
        known = {each.lower(): each for each in allowed}
        if name.lower() not in known:
            near = difflib.get_close_matches(name.lower(), known, n=1)
            words = {
                "size": shortened(name),
                "platform": platform.title,
                "sizes": _quoted(allowed),
            }
            if near:
                raise UserError(
                    _(
                        "`{size}` is not a size that I offer for {platform}. Did you mean "
                        "`{near}`? Choose one of: {sizes}.",
                        near=known[near[0]],
                        **words,
                    )
                )
            raise UserError(
                _(
                    "`{size}` is not a size that I offer for {platform}. Choose one of: {sizes}.",
                    **words,
                )
            )
        name = known[name.lower()]
        try:
            sold = {size.name: size for size in await self._cloud.sizes()}
        except PermanentError:
            raise
        except Exception:
            return Size(name, 0, 0)
        if name not in sold:
            others = [each for each in allowed if each in sold]
            raise UserError(
                _(
                    "Azure does not sell `{size}` to this subscription in {region} now. Choose "
                    "one of: {sizes}.",
                    size=name,
                    region=self._policy.region,
                    sizes=_quoted(others) or _("none is left"),
                )
            )
        return sold[name]

    async def _refuse_gone_image(self, platform: Platform, release: str) -> None:
        try:
            gone = await self._cloud.missing_images([platform.release(release).image])
        except Exception:
            return  # a cloud that can't tell now is found out by the creation
        if gone:
            words = {"release": f"{platform.title} {release}", "region": self._policy.region}
            others = _quoted([each for each in platform.releases if each != release])
            if others:
                raise UserError(
                    _(
                        "Azure does not offer {release} in {region}, so nothing was made. Tell "
                        "an admin, who can update the bot's list of images. Or choose another "
                        "one with `--release`: {others}.",
                        others=others,
                        **words,
                    )
                )
            raise UserError(
                _(
                    "Azure does not offer {release} in {region}, so nothing was made. Tell an "
                    "admin, who can update the bot's list of images.",
                    **words,
                )
            )

    async def _free_name(self) -> str:
        for _try in range(_NAME_TRIES):
            name = suggest_name(self._random)
            found = await self._store.find(name)
            if found is None or not found.status.is_live:
                return name
        return f"{suggest_name(self._random)}-{self._random.randrange(1000)}"

    async def _begin(self, server: Server) -> None:
        """The creation, and what follows it: one server's work is done in its order."""
        await self._work.begin(Job.CREATE, server)
        if server.packages:
            await self._work.begin(Job.PACKAGES, server, FIRST_PACKAGES)
        if server.people_due:
            await self._work.begin(Job.PEOPLE, server, f"version-{server.people_version}")


def choose_platform(name: str) -> Platform:
    """The platform of that name. Raises `UserError` that lists those that there are."""
    try:
        return get_platform(name)
    except UnknownPlatformError:
        near = difflib.get_close_matches(name.lower(), PLATFORMS, n=1)
        words = {"name": shortened(name), "known": _quoted(list(PLATFORMS))}
        if near:
            raise UserError(
                _(
                    "I don't know the platform `{name}`. Did you mean `{near}`? Choose one of: "
                    "{known}.",
                    near=near[0],
                    **words,
                )
            ) from None
        raise UserError(
            _("I don't know the platform `{name}`. Choose one of: {known}.", **words)
        ) from None


def _release(platform: Platform, wanted: str | None) -> str:
    """The full name: "24.04"."""
    name = (wanted or platform.default_release).strip().lower()
    if name not in platform.releases:
        raise UserError(
            _(
                "`{release}` is not a release that I offer of {platform}. Choose one of: {known}.",
                release=shortened(name),
                platform=platform.title,
                known=_quoted(list(platform.releases)),
            )
        )
    return name


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"`{each}`" for each in words)

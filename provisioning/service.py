"""The use cases: what a person may ask for, checked here whatever the button said.

Each one authorises, decides, writes one transaction (the server's row and its audit
event) and hands the work to the engine. Another person's server is answered as if it
did not exist. Nothing in here waits for a cloud.
"""

import difflib
import random
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from provisioning.errors import PermanentError, UserError
from provisioning.model import Event, Member, Server, Size, Status
from provisioning.names import suggest_name, validate_name
from provisioning.platforms.catalogue import (
    PLATFORMS,
    Platform,
    UnknownPlatformError,
    get_platform,
)
from provisioning.policy import Policy
from provisioning.ports import Clock, Cloud, Prices, Store

FAILED_STAY_LISTED = timedelta(days=1)
_ID_LENGTH = 12
_NAME_TRIES = 20


class Work(Protocol):
    """What the use cases ask of the engine; all of it returns at once and survives a crash."""

    async def create(self, server: Server) -> None:
        """Begin to make the server."""
        ...

    async def delete(self, server: Server) -> None:
        """Begin to remove the server; a creation under way ends first."""
        ...

    async def reset_password(self, server: Server, request_key: str) -> None:
        """Begin to give the owner a new one-time password, once for each `request_key`."""
        ...


@dataclass(frozen=True)
class CreateRequest:
    """What a person typed. `request_key` is the Slack trigger: the same one never makes two."""

    actor: Member
    platform: str
    name: str | None
    size: str | None
    request_key: str
    release: str | None = None


@dataclass(frozen=True)
class Creation:
    """What was understood, for the answer. `expected_seconds` is (p50, p90). `is_new` is
    False where the same request was handled before."""

    server: Server
    platform: Platform
    size: Size
    expected_seconds: tuple[int, int]
    is_new: bool


class Servers:
    """Create, list, delete and hand out passwords, for whoever may."""

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

    async def create(self, request: CreateRequest) -> Creation:
        """Write down a new server and begin to make it.

        Raises:
            UserError: unknown platform or size, bad or taken name, too many servers.
        """
        platform = _platform(request.platform)
        release = _release(platform, request.release)
        await self._refuse_gone_image(platform, release)
        size = await self._size(platform, request.size)
        name = validate_name(request.name) if request.name else await self._free_name()
        await self._check_limit(request)
        now = self._clock.now()
        server = Server(
            id=_new_id(),
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
        )
        event = Event(now, request.actor.id, "create", server.id, "accepted", _asked(server))
        server, is_new = await self._store.add_server(server, event)
        await self._store.remember_member(request.actor, now)
        if server.status is Status.CREATING:
            await self._work.create(server)
        return Creation(server, platform, size, platform.expected_seconds, is_new)

    async def list(self, actor: Member) -> Sequence[Server]:
        """The person's servers, oldest first; failed ones stay in it for a day."""
        since = self._clock.now() - FAILED_STAY_LISTED
        return [
            server
            for server in await self._store.list_servers(actor.id, live=False)
            if server.status.is_live
            or (server.status is Status.FAILED and (server.ended_at or since) > since)
        ]

    async def status(self, actor: Member, name: str) -> Server:
        """One server of the person's, also one that failed.

        Raises:
            UserError: if there is none of that name that the person may see.
        """
        server = await self._store.find(name.strip().lower())
        if server is None or server.owner != actor.id or server.status is Status.DELETED:
            raise await self._no_such(actor, name)
        return server

    async def get(self, actor: Member, server_id: str) -> Server:
        """As `status`, for a button.

        Raises:
            UserError: if it isn't the person's.
        """
        return await self._owned(actor, server_id)

    async def find_for_delete(self, actor: Member, name: str) -> Server:
        """The server that the person is about to delete.

        Raises:
            UserError: if there is none, or it is being deleted.
        """
        server = await self.status(actor, name)
        _refuse_ended(server)
        return server

    async def delete(self, actor: Member, server_id: str) -> Server:
        """Begin to remove a server, also in the middle of its creation.

        Raises:
            UserError: if it isn't the person's, or is being deleted or gone already.
        """
        server = await self._owned(actor, server_id)
        _refuse_ended(server)
        now = self._clock.now()
        event = Event(now, actor.id, "delete", server.id, "accepted", server.name)
        changed = await self._store.update(
            server.id,
            server.generation,
            event,
            generation=server.generation + 1,
            status=Status.DELETING,
        )
        if changed is None:  # a second click was faster
            _refuse_ended(await self._owned(actor, server_id))
            raise UserError(f"`{server.name}` has just changed. Look at `list` and try again.")
        await self._work.delete(changed)
        return changed

    async def reset_password(self, actor: Member, name: str, request_key: str) -> Server:
        """Begin to send a new one-time password, in place of any earlier one; once for each
        `request_key` (the Slack trigger).

        Raises:
            UserError: if there is no such server or it is not ready.
        """
        return await self._reset_password(actor, await self.status(actor, name), request_key)

    async def reset_password_by_id(self, actor: Member, server_id: str, request_key: str) -> Server:
        """As `reset_password`, for a button."""
        server = await self._owned(actor, server_id)
        return await self._reset_password(actor, server, request_key)

    async def _reset_password(self, actor: Member, server: Server, request_key: str) -> Server:
        if server.status is not Status.RUNNING:
            raise UserError(
                f"`{server.name}` has no password to replace: it is {server.status.value}. "
                + (
                    "You get the first one by DM as soon as it is ready."
                    if server.status is Status.CREATING
                    else "Make a new server with `create`."
                )
            )
        now = self._clock.now()
        await self._store.record(Event(now, actor.id, "password", server.id, "accepted"))
        await self._work.reset_password(server, request_key)
        return server

    async def _owned(self, actor: Member, server_id: str) -> Server:
        server = await self._store.get(server_id)
        if server is None or server.owner != actor.id:
            raise UserError("That server does not exist. `list` shows yours.")
        return server

    async def _no_such(self, actor: Member, name: str) -> UserError:
        mine = [server.name for server in await self.list(actor)]
        near = difflib.get_close_matches(name.strip().lower(), mine, n=1)
        hint = f"Did you mean `{near[0]}`?" if near else "`list` shows yours."
        return UserError(f"You have no server named `{_shortened(name)}`. {hint}")

    async def _size(self, platform: Platform, wanted: str | None) -> Size:
        allowed = self._policy.allowed_sizes or platform.sizes
        name = wanted or (platform.default_size if platform.default_size in allowed else allowed[0])
        known = {each.lower(): each for each in allowed}
        if name.lower() not in known:
            near = difflib.get_close_matches(name.lower(), known, n=1)
            hint = f" Did you mean `{known[near[0]]}`?" if near else ""
            raise UserError(
                f"`{_shortened(name)}` is not a size that I offer for {platform.title}.{hint} "
                f"Choose one of: {', '.join(f'`{each}`' for each in allowed)}."
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
                f"Azure does not sell `{name}` to this subscription in {self._policy.region} now. "
                f"Choose one of: {', '.join(f'`{each}`' for each in others) or 'none is left'}."
            )
        return sold[name]

    async def _refuse_gone_image(self, platform: Platform, release: str) -> None:
        try:
            gone = await self._cloud.missing_images([platform.release(release).image])
        except Exception:
            return  # a cloud that can't tell now is found out by the creation
        if gone:
            others = ", ".join(f"`{each}`" for each in platform.releases if each != release)
            another = f" Or choose another one with `--release`: {others}." if others else ""
            raise UserError(
                f"Azure no longer offers {platform.title} {release} in {self._policy.region}, so "
                "nothing was made. Tell an admin, who can update the bot's list of images."
                f"{another}"
            )

    async def _free_name(self) -> str:
        for _ in range(_NAME_TRIES):
            name = suggest_name(self._random)
            found = await self._store.find(name)
            if found is None or not found.status.is_live:
                return name
        return f"{suggest_name(self._random)}-{self._random.randrange(1000)}"

    async def _check_limit(self, request: CreateRequest) -> None:
        limit = self._policy.servers_per_member
        mine = await self._store.list_servers(request.actor.id)
        if not limit or any(server.request_key == request.request_key for server in mine):
            return
        if len(mine) >= limit:
            names = ", ".join(f"`{server.name}`" for server in mine)
            raise UserError(
                f"You have {len(mine)} servers ({names}) and the limit is {limit} a person. "
                "Delete one that you no longer need, or ask your admin for a higher limit."
            )


def _platform(name: str) -> Platform:
    try:
        return get_platform(name)
    except UnknownPlatformError:
        near = difflib.get_close_matches(name.lower(), PLATFORMS, n=1)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        known = ", ".join(f"`{each}`" for each in PLATFORMS)
        raise UserError(
            f"I don't know the platform `{_shortened(name)}`.{hint} Choose one of: {known}."
        ) from None


def _release(platform: Platform, wanted: str | None) -> str:
    """The full name: "24.04"."""
    name = (wanted or platform.default_release).strip().lower()
    if name not in platform.releases:
        known = ", ".join(f"`{each}`" for each in platform.releases)
        raise UserError(
            f"`{_shortened(name)}` is not a release that I offer of {platform.title}. "
            f"Choose one of: {known}."
        )
    return name


def _refuse_ended(server: Server) -> None:
    if server.status is Status.DELETING:
        raise UserError(f"`{server.name}` is already being deleted.")
    if not server.status.is_live:
        raise UserError(f"`{server.name}` is gone already; there is nothing left to delete.")


def _new_id() -> str:
    """Starts with a letter and is random, so that it can name resources and DNS labels."""
    rest = string.ascii_lowercase + string.digits
    first = secrets.choice(string.ascii_lowercase)
    return first + "".join(secrets.choice(rest) for _ in range(_ID_LENGTH - 1))


def _asked(server: Server) -> str:
    return f"{server.name} {server.platform} {server.release} {server.size}"


def _shortened(text: str, longest: int = 60) -> str:
    """What a person typed, short enough to be repeated, without what ends a code span."""
    plain = " ".join(text.replace("`", "'").split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"

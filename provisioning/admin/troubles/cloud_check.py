"""The check at start that the bot may work in the cloud, repeated until it succeeds.

A refusal of the cloud ends no start: a service manager would start the bot again without end, and
members would get no answers meanwhile.
"""

import asyncio

import structlog

from provisioning.admin.troubles.refusals import CHECK_AT_START, Refusals, with_remedy
from provisioning.core.errors import (
    OF_ALL_SERVERS,
    DatabaseDownError,
    NotYet,
    PermanentError,
    UserError,
)
from provisioning.core.language import N_
from provisioning.core.model.server import Status
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.servers.census import Census

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_TROUBLE = "start"

log = structlog.get_logger(__name__)


class CloudCheck:
    """The check of one process."""

    def __init__(
        self,
        cloud: Cloud,
        census: Census,
        servers: ServerStore,
        refusals: Refusals,
        clock: Clock,
    ) -> None:
        self._cloud = cloud
        self._census = census
        self._servers = servers
        self._refusals = refusals
        self._clock = clock
        self._tried = asyncio.Event()
        self._checking: asyncio.Task[None] | None = None

    async def start(self, seconds: float) -> None:
        """Begin to check, and wait at most `seconds` for the first try.

        Raises:
            UserError: if a setting is wrong in itself, whatever the cloud says.
        """
        self._checking = asyncio.create_task(self._until_passed(), name="check of the cloud")
        tried = asyncio.create_task(self._tried.wait())
        waiting = {self._checking, tried}
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        tried.cancel()
        if self._checking.done():
            self._checking.result()

    async def close(self) -> None:
        """Stop checking."""
        if self._checking is not None:
            self._checking.cancel()
            await asyncio.gather(self._checking, return_exceptions=True)

    async def _until_passed(self) -> None:
        pause = _FIRST_PAUSE
        while not await self._passes_or_fails():
            self._tried.set()
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _passes_or_fails(self) -> bool:
        try:
            return await self.passes()
        except UserError as error:
            if not self._tried.is_set():
                raise
            log.warning("the cloud can't be used", reason=error.message)
        except DatabaseDownError:
            log.warning("the database does not answer, so the cloud is checked again")
        except Exception:
            log.exception("the cloud could not be checked")
        return False

    async def passes(self) -> bool:
        """Check once, and notify the admins of a refusal or its end; return whether it passed.

        Creates a missing resource group only where no server can be in one.

        Raises:
            UserError: as `start` does.
        """
        began = self._clock.now()
        try:
            if await self._has_servers() and not await self._cloud.presence.shows_place():
                raise _hidden_group()
            await self._cloud.account.check()
        except NotYet as not_yet:
            log.warning("Azure does not answer yet", reason=not_yet.reason)
            await self._refusals.unanswered(not_yet.reason)
            return False
        except PermanentError as error:
            log.warning("Azure refuses the bot", code=error.code, reason=error.for_admins)
            await self._refused(error)
            return False
        await self._refusals.answered()
        await self._refusals.troubles.end(_TROUBLE, N_("Azure lets me work now."))
        await self._refusals.end_mended(began, self._cloud.presence.shows_place, by=CHECK_AT_START)
        return True

    async def _has_servers(self) -> bool:
        crowd = await self._census.crowd()
        if any(status is not Status.CREATING for status in crowd.by_status):
            return True
        return bool(await self._servers.kept_copies())

    async def _refused(self, error: PermanentError) -> None:
        if error.code in OF_ALL_SERVERS:
            await self._refusals.seen(error.code, with_remedy(error), by=CHECK_AT_START)
            return
        text = N_(
            "Azure does not let me work since I was started (`{code}`): {reason} I try again by "
            "myself, and send one more message when it is over.",
            code=error.code,
            reason=with_remedy(error),
        )
        await self._refusals.troubles.begin(_TROUBLE, text)


def _hidden_group() -> PermanentError:
    return PermanentError(
        N_("Azure does not show the resource group of my servers. I have changed nothing."),
        "ResourceGroupNotFound",
        N_(
            "Check whether my role on the group was removed. If the group was deleted, create it "
            "again with `az group create`: its servers become missing, and no record is lost."
        ),
    )

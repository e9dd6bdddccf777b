"""The step of a creation in which its repository is cloned. That it can't be had is told on the
card, and is no reason to take the server away."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from provisioning.core.errors import HOST_KEY_CHANGED, PermanentError
from provisioning.core.model.machine import HostAccess
from provisioning.core.model.server import Server, Stage
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import ServerStore
from provisioning.platforms.catalogue import get_platform
from provisioning.workflows.steps import Step

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Cloning:
    """`authorities`: PEM by which the servers of repositories are trusted; empty: the usual."""

    host: Host
    store: ServerStore
    cards: CardMessages
    access: Callable[[Server], Awaitable[HostAccess]]
    authorities: str = ""

    def step(self) -> Step:
        """Left out where nothing is to be cloned."""
        return Step(
            "repository",
            self.clone,
            Stage.SET_UP,
            patience=1800,
            needed=lambda server: bool(server.repository),
        )

    async def clone(self, server: Server) -> None:
        """The repository, or why not in the row."""
        if await self.store.set_stage(server.id, server.generation, Stage.SET_UP, "repository"):
            await self.cards.update_progress(await self.store.get(server.id) or server)
        platform, failure = get_platform(server.platform), ""
        try:
            await self.host.clone_repository(
                await self.access(server), platform, server.repository, self.authorities
            )
        except PermanentError as error:
            if error.code == HOST_KEY_CHANGED:
                raise
            log.info("repository not cloned", server=server.id, reason=error.reason)
            failure = error.reason
        await self.store.update(server.id, server.generation, repository_failure=failure)

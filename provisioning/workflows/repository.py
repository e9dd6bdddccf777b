"""The step of a creation that clones its repository.

If the clone fails, the card shows the reason, and the server stays.
"""

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
from provisioning.workflows.durable.steps import Step

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Cloning:
    """The clone of a repository.

    `authorities` is PEM of the trusted authorities; empty: those of the operating system.
    """

    host: Host
    store: ServerStore
    cards: CardMessages
    access: Callable[[Server], Awaitable[HostAccess]]
    authorities: str = ""

    def step(self) -> Step:
        """Return the step, which is skipped if the server has no repository."""
        return Step(
            "repository",
            self.clone,
            Stage.SET_UP,
            patience=1800,
            needed=lambda server: bool(server.repository),
        )

    async def clone(self, server: Server) -> None:
        """Clone the repository; on failure store the reason in the server's row."""
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

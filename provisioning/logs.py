"""The use case of a server's logs: read on its machine, for its owner alone, and kept nowhere."""

from dataclasses import dataclass

from provisioning.errors import UserError
from provisioning.language import _
from provisioning.model import MachineLogs, Member, Server, Status
from provisioning.platforms.catalogue import get_platform
from provisioning.ports import Host
from provisioning.reach import Reach
from provisioning.rights import Right
from provisioning.service import Servers
from provisioning.states import state_word

LINES = 40
"""Of each log. More than one message shows is cut at its beginning."""


@dataclass(frozen=True)
class ServerLogs:
    """Over the servers that a person may look at, and the machines."""

    servers: Servers
    host: Host
    reach: Reach

    async def by_name(self, actor: Member, name: str) -> tuple[Server, MachineLogs]:
        """The last lines of the set-up and of the server.

        Raises:
            UserError: if there is no such server of the person's, or its machine is off.
            NotYet: if its machine can't be reached now.
        """
        return await self.by_id(actor, (await self.servers.status(actor, name)).id)

    async def by_id(self, actor: Member, server_id: str) -> tuple[Server, MachineLogs]:
        """As `by_name`, for a button."""
        server = await self.servers.get(actor, server_id, Right.READ_LOGS)
        if server.status is not Status.RUNNING or not server.address:
            raise UserError(
                _(
                    "`{name}` is {state}. Its logs are on its machine, so they can be read while "
                    "it runs; why a creation failed is said on its card.",
                    name=server.name,
                    state=state_word(server.status),
                )
            )
        platform = get_platform(server.platform)
        return server, await self.host.logs(self.reach.access(server), platform, LINES)

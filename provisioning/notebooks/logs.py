"""The use case of a server's logs: read on its machine, for its owner alone, and kept nowhere."""

from dataclasses import dataclass

from provisioning.access.machine_access import Reach
from provisioning.access.rights import Right, Rights, ServerRef
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.machine import MachineLogs
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server, Status, state_word
from provisioning.core.ports.host import Host
from provisioning.platforms.catalogue import get_platform

LINES = 40
"""Of each log. More than one message shows is cut at its beginning."""


@dataclass(frozen=True)
class ServerLogs:
    """Over the servers that a person may look at, and the machines."""

    rights: Rights
    host: Host
    reach: Reach

    async def of(self, actor: Member, ref: ServerRef) -> tuple[Server, MachineLogs]:
        """The last lines of the set-up and of the server.

        Raises:
            UserError: if there is no such server of the person's, or its machine is off.
            NotYet: if its machine can't be reached now.
        """
        server = await self.rights.find(actor, ref, Right.READ_LOGS)
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

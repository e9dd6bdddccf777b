"""The use case of a server's logs: read from its machine, only for its owner, never stored."""

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
"""Lines of each log. A log that is too long for a message loses its beginning."""


@dataclass(frozen=True)
class ServerLogs:
    """Logs of the servers that a member owns."""

    rights: Rights
    host: Host
    reach: Reach

    async def of(self, actor: Member, ref: ServerRef) -> tuple[Server, MachineLogs]:
        """Return the last lines of the set-up's log and of the server's log.

        Raises:
            UserError: if the actor does not own the server, or it does not run.
            NotYet: if its machine can't be reached now.
        """
        server = await self.rights.find(actor, ref, Right.READ_LOGS)
        if server.status is not Status.RUNNING or not server.address:
            raise UserError(
                _(
                    "Logs can be read only while `{name}` is running. Its state is: {state}. If "
                    "its creation failed, its card shows the reason.",
                    name=server.name,
                    state=state_word(server.status),
                )
            )
        platform = get_platform(server.platform)
        return server, await self.host.logs(self.reach.access(server), platform, LINES)

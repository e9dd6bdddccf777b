"""Asking a machine what it is used for, by what the server's row says of where it is."""

import asyncio
from dataclasses import dataclass

from provisioning.access.installation_keys import InstallationKeys
from provisioning.access.machine_access import Reach
from provisioning.core.errors import NotYet
from provisioning.core.language import N_
from provisioning.core.model.activity import Activity, unknown_activity
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.policy import MachineLayout
from provisioning.core.model.server import Server
from provisioning.core.ports.host import Host

_OUTPUT_SECONDS = 60.0


@dataclass(frozen=True)
class MachineLooks:
    """`budget`: seconds that one look may take."""

    host: Host
    keys: InstallationKeys
    layout: MachineLayout
    budget: float

    async def look(self, server: Server) -> Activity:
        """One look; whatever stands in its way makes the activity unknown, with the reason."""
        if not server.address:
            return unknown_activity(N_("its address is not known"))
        access = Reach(self.keys, self.layout).access(server)
        return await self.host.activity(access, self.budget)

    async def last_output(self, server: Server) -> LastOutput | None:
        """What its notebook shows last. Raises as `Host.last_output`, and within a minute."""
        access = Reach(self.keys, self.layout).access(server)
        try:
            async with asyncio.timeout(_OUTPUT_SECONDS):
                return await self.host.last_output(access)
        except TimeoutError:
            raise NotYet(N_("The machine takes too long to show its notebook")) from None

"""Asking a machine what it is used for, by what the server's row says of where it is."""

from dataclasses import dataclass

from provisioning.access import host_access
from provisioning.activity import Activity, unknown_activity
from provisioning.keys import InstallationKeys
from provisioning.model import Server
from provisioning.policy import MachineLayout
from provisioning.ports import Host


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
            return unknown_activity("its address is not known")
        access = host_access(self.keys, self.layout, server, server.address)
        return await self.host.activity(access, self.budget)

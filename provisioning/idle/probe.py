"""Probe a machine at the address in the server's row."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import override

from provisioning.access.installation_keys import LOST, InstallationKeys
from provisioning.access.machine_access import Reach
from provisioning.core.errors import NotYet
from provisioning.core.language import N_
from provisioning.core.model.activity import Activity, unknown_activity
from provisioning.core.model.machine import LastOutput
from provisioning.core.model.policy import MachineLayout
from provisioning.core.model.server import Server
from provisioning.core.ports.host import Host

_OUTPUT_SECONDS = 60.0


class Probes(Protocol):
    """The probes of machines."""

    async def probe(self, server: Server) -> Activity:
        """Probe a server once. A failure makes the activity unknown, with the reason."""
        ...

    async def last_output(self, server: Server) -> LastOutput | None:
        """Return the end of the notebook that was saved last, within a minute.

        Raises as `Host.last_output` does, and `NotYet` after a minute.
        """
        ...


@dataclass(frozen=True)
class MachineProbes(Probes):
    """Probes over SSH. `budget`: the longest time of one probe, in seconds."""

    host: Host
    keys: InstallationKeys
    layout: MachineLayout
    budget: float

    @override
    async def probe(self, server: Server) -> Activity:
        if not server.address:
            return unknown_activity(N_("its address is unknown"))
        if server.host_key_generation == LOST:
            return unknown_activity(N_("the bot's keys were replaced since it was made"))
        access = Reach(self.keys, self.layout).access(server)
        return await self.host.activity(access, self.budget)

    @override
    async def last_output(self, server: Server) -> LastOutput | None:
        access = Reach(self.keys, self.layout).access(server)
        try:
            async with asyncio.timeout(_OUTPUT_SECONDS):
                return await self.host.last_output(access)
        except TimeoutError:
            raise NotYet(N_("The machine takes too long to show its notebook")) from None

"""The cmdlets that this stand-in knows, by name in lower case."""

from collections.abc import Mapping

from bot.sandbox.machines.process.windows.binding import Cmdlet
from bot.sandbox.machines.process.windows.cmdlets import (
    files,
    machine,
    network,
    objects,
    tasks,
)

CMDLETS: Mapping[str, Cmdlet] = {
    cmdlet.name.lower(): cmdlet
    for module in (files, machine, network, objects, tasks)
    for cmdlet in module.CMDLETS
}

"""The commands about access to a server: sharing, SSH keys, connections."""

from handlers.access.connect import ConnectCommands
from handlers.access.sharing import SharingCommands
from handlers.commands.registry import Handlers
from handlers.kit.toolkit import Toolkit
from provisioning.access import AccessUseCases

COMMANDS = (
    *ConnectCommands.COMMANDS,
    *SharingCommands.COMMANDS,
)
BUTTONS = SharingCommands.BUTTONS


def wire(cases: AccessUseCases, kit: Toolkit) -> tuple[Handlers, ...]:
    """Make the classes of this package."""
    return (
        ConnectCommands(cases.connecting, cases.own_keys, kit),
        SharingCommands(cases.sharing, cases.rights, kit),
    )

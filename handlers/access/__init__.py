"""The commands about access to a server: sharing, SSH keys, connections."""

from handlers.access.connect import ConnectCommands
from handlers.access.sharing import SharingCommands

COMMANDS = (
    *ConnectCommands.COMMANDS,
    *SharingCommands.COMMANDS,
)
BUTTONS = SharingCommands.BUTTONS

"""The commands and buttons of a server's life, with its cards and answers."""

from handlers.servers.create import CreateCommands
from handlers.servers.delete import DeleteCommands
from handlers.servers.listing import ListCommands
from handlers.servers.power import PowerCommands
from handlers.servers.resize import ResizeCommands

COMMANDS = (
    *CreateCommands.COMMANDS,
    *ListCommands.COMMANDS,
    *PowerCommands.COMMANDS,
    *ResizeCommands.COMMANDS,
    *DeleteCommands.COMMANDS,
)
BUTTONS = {
    **CreateCommands.BUTTONS,
    **ListCommands.BUTTONS,
    **PowerCommands.BUTTONS,
    **ResizeCommands.BUTTONS,
    **DeleteCommands.BUTTONS,
}
FORMS = CreateCommands.FORMS
FIELDS = CreateCommands.FIELDS

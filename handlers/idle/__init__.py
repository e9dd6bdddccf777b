"""The commands about a server's hours and idle time, and the messages of the cleanup."""

from handlers.commands.registry import Handlers
from handlers.idle.keep import KeepCommands
from handlers.idle.schedule import ScheduleCommands
from provisioning.idle import IdleUseCases

COMMANDS = (
    *KeepCommands.COMMANDS,
    *ScheduleCommands.COMMANDS,
)
BUTTONS = KeepCommands.BUTTONS


def wire(cases: IdleUseCases) -> tuple[Handlers, ...]:
    """Make the classes of this package."""
    return (KeepCommands(cases.keeping), ScheduleCommands(cases.hours))

"""The commands about a server's hours and idle time, and the messages of the cleanup."""

from handlers.idle.keep import KeepCommands
from handlers.idle.schedule import ScheduleCommands

COMMANDS = (
    *KeepCommands.COMMANDS,
    *ScheduleCommands.COMMANDS,
)
BUTTONS = KeepCommands.BUTTONS

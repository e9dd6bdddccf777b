"""What can be asked about a server's hours and idle time, and what the cleanup posts."""

from handlers.idle.keep import KeepCommands
from handlers.idle.schedule import ScheduleCommands

COMMANDS = (
    *KeepCommands.COMMANDS,
    *ScheduleCommands.COMMANDS,
)
BUTTONS = KeepCommands.BUTTONS

"""The commands for admins, and the messages to admins."""

from handlers.admin.admin import AdminCommands
from handlers.admin.handover import HandoverCommands
from handlers.admin.run_now import RunNowCommands

COMMANDS = (
    *AdminCommands.COMMANDS,
    *HandoverCommands.COMMANDS,
    *RunNowCommands.COMMANDS,
)
BUTTONS = {**HandoverCommands.BUTTONS, **RunNowCommands.BUTTONS}

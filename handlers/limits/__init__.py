"""The commands and buttons about limits and approvals."""

from handlers.limits.approvals import ApprovalCommands
from handlers.limits.limits import LimitCommands

COMMANDS = LimitCommands.COMMANDS
BUTTONS = ApprovalCommands.BUTTONS
FORMS = ApprovalCommands.FORMS

"""What can be asked about how much a member may have, and of approvers."""

from handlers.limits.approvals import ApprovalCommands
from handlers.limits.limits import LimitCommands

COMMANDS = LimitCommands.COMMANDS
BUTTONS = ApprovalCommands.BUTTONS
FORMS = ApprovalCommands.FORMS

"""The commands and buttons about limits and approvals."""

from handlers.kit.toolkit import Toolkit
from handlers.limits.approvals import ApprovalCommands
from handlers.limits.limits import LimitCommands
from provisioning.admin.limits import Limiting
from provisioning.limits import LimitUseCases

COMMANDS = LimitCommands.COMMANDS
BUTTONS = ApprovalCommands.BUTTONS
FORMS = ApprovalCommands.FORMS


def wire(
    cases: LimitUseCases, limiting: Limiting, kit: Toolkit
) -> tuple[ApprovalCommands, LimitCommands]:
    """Make the classes of this package; `limiting` is the admins' use case."""
    return (ApprovalCommands(cases.approvals, kit), LimitCommands(limiting, kit))

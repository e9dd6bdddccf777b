"""A member's own settings: the command and the form."""

from handlers.commands.registry import Handlers
from handlers.kit.toolkit import Toolkit
from handlers.members.forget import ForgetCommands
from handlers.members.settings import SettingsCommands
from provisioning.members import MemberUseCases

COMMANDS = (*SettingsCommands.COMMANDS, *ForgetCommands.COMMANDS)
BUTTONS = SettingsCommands.BUTTONS
FORMS = SettingsCommands.FORMS


def wire(cases: MemberUseCases, kit: Toolkit) -> tuple[Handlers, ...]:
    """Make the classes of this package."""
    return SettingsCommands(cases.preferences, kit), ForgetCommands(cases.forgetting, kit)

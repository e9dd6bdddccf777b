"""A member's own settings: the command and the form."""

from handlers.members.settings import SettingsCommands

COMMANDS = SettingsCommands.COMMANDS
BUTTONS = SettingsCommands.BUTTONS
FORMS = SettingsCommands.FORMS

"""The commands about usage (hours and money), with charts and the Home tab."""

from handlers.usage.usage import UsageCommands

COMMANDS = UsageCommands.COMMANDS

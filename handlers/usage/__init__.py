"""The commands about usage (hours and money), with charts and the Home tab."""

from handlers.commands.registry import Handlers
from handlers.kit.toolkit import Toolkit
from handlers.usage.usage import UsageCommands
from provisioning.usage import UsageUseCases

COMMANDS = UsageCommands.COMMANDS


def wire(cases: UsageUseCases, kit: Toolkit) -> tuple[Handlers, ...]:
    """Make the classes of this package."""
    return (UsageCommands(cases.reports, kit),)

"""The commands for admins, and the messages to admins."""

from handlers.admin.admin import AdminCommands
from handlers.admin.handover import HandoverCommands
from handlers.admin.maintenance import MaintenanceCommands
from handlers.admin.missing import MissingCommands
from handlers.admin.run_now import RunNowCommands
from handlers.kit.toolkit import Toolkit
from provisioning.admin import AdminUseCases

COMMANDS = (
    *AdminCommands.COMMANDS,
    *HandoverCommands.COMMANDS,
    *RunNowCommands.COMMANDS,
    *MaintenanceCommands.COMMANDS,
)
BUTTONS = {**HandoverCommands.BUTTONS, **RunNowCommands.BUTTONS, **MissingCommands.BUTTONS}


def wire(
    cases: AdminUseCases, kit: Toolkit
) -> tuple[AdminCommands, HandoverCommands, RunNowCommands, MissingCommands, MaintenanceCommands]:
    """Make the classes of this package."""
    return (
        AdminCommands(cases.administration, kit),
        HandoverCommands(cases.handover, cases.leavers, kit),
        RunNowCommands(cases.upkeep, cases.idle_updates, cases.orphans),
        MissingCommands(cases.missing),
        MaintenanceCommands(cases.maintenance),
    )

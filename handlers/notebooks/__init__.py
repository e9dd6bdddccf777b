"""The commands about the contents of a server: packages, logs, exports."""

from handlers.commands.registry import Handlers
from handlers.kit.toolkit import Toolkit
from handlers.notebooks.export import ExportCommands
from handlers.notebooks.logs import LogsCommands
from handlers.notebooks.packages import PackageCommands
from handlers.notebooks.updates import UpdateCommands
from provisioning.access.rights import Rights
from provisioning.notebooks import NotebookUseCases

COMMANDS = (
    *ExportCommands.COMMANDS,
    *LogsCommands.COMMANDS,
    *PackageCommands.COMMANDS,
    *UpdateCommands.COMMANDS,
)
BUTTONS = {**ExportCommands.BUTTONS, **LogsCommands.BUTTONS, **UpdateCommands.BUTTONS}


def wire(cases: NotebookUseCases, rights: Rights, kit: Toolkit) -> tuple[Handlers, ...]:
    """Make the classes of this package."""
    return (
        ExportCommands(cases.exports, kit),
        LogsCommands(cases.logs),
        PackageCommands(cases.packages, rights),
        UpdateCommands(cases.updates),
    )

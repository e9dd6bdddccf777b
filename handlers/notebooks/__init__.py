"""The commands about the contents of a server: packages, logs, exports."""

from handlers.notebooks.export import ExportCommands
from handlers.notebooks.logs import LogsCommands
from handlers.notebooks.packages import PackageCommands

COMMANDS = (
    *ExportCommands.COMMANDS,
    *LogsCommands.COMMANDS,
    *PackageCommands.COMMANDS,
)
BUTTONS = {**ExportCommands.BUTTONS, **LogsCommands.BUTTONS}

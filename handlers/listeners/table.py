"""All commands, buttons, forms and fields: the union of what the handlers' packages export.

Dispatch, help, the manifest and docs/commands.md are drawn from this union.
"""

from handlers import access, admin, idle, limits, members, notebooks, servers, usage
from handlers.commands.help import HelpCommands
from handlers.commands.registry import Buttons, CommandTable, Forms

COMMANDS = CommandTable(
    (
        *servers.COMMANDS,
        *idle.COMMANDS,
        *notebooks.COMMANDS,
        *access.COMMANDS,
        *usage.COMMANDS,
        *members.COMMANDS,
        *HelpCommands.COMMANDS,
        *limits.COMMANDS,
        *admin.COMMANDS,
    )
)
BUTTONS: Buttons = {
    **servers.BUTTONS,
    **idle.BUTTONS,
    **notebooks.BUTTONS,
    **access.BUTTONS,
    **members.BUTTONS,
    **HelpCommands.BUTTONS,
    **limits.BUTTONS,
    **admin.BUTTONS,
}
FORMS: Forms = {**servers.FORMS, **members.FORMS, **limits.FORMS}
FIELDS: Forms = {**servers.FIELDS}

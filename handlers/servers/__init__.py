"""The commands and buttons of a server's life, with its cards and answers."""

from collections.abc import Callable

from handlers.commands.registry import Handlers
from handlers.commands.request import UseCase
from handlers.kit.blocks import Message
from handlers.kit.toolkit import Toolkit
from handlers.servers.create import CreateCommands
from handlers.servers.delete import DeleteCommands
from handlers.servers.listing import ListCommands
from handlers.servers.power import PowerCommands
from handlers.servers.resize import ResizeCommands
from provisioning.access import AccessUseCases
from provisioning.limits.approval import Approval
from provisioning.servers import ServerUseCases

COMMANDS = (
    *CreateCommands.COMMANDS,
    *ListCommands.COMMANDS,
    *PowerCommands.COMMANDS,
    *ResizeCommands.COMMANDS,
    *DeleteCommands.COMMANDS,
)
BUTTONS = {
    **CreateCommands.BUTTONS,
    **ListCommands.BUTTONS,
    **PowerCommands.BUTTONS,
    **ResizeCommands.BUTTONS,
    **DeleteCommands.BUTTONS,
}
FORMS = {**CreateCommands.FORMS, **PowerCommands.FORMS, **DeleteCommands.FORMS}
FIELDS = CreateCommands.FIELDS


def wire(
    cases: ServerUseCases,
    access: AccessUseCases,
    kit: Toolkit,
    *,
    ask: Callable[[Approval], Message],
    every_server: UseCase,
) -> tuple[Handlers, ...]:
    """Make the classes of this package.

    `ask` asks the approvers where a limit is passed, `every_server` answers `list --all`.
    """
    servers, rights = cases.servers, access.rights
    return (
        CreateCommands(cases.creations, rights, ask, kit),
        ListCommands(servers, rights, access.sharing, every_server, kit),
        PowerCommands(servers, rights, kit),
        ResizeCommands(cases.renames, cases.resizes),
        DeleteCommands(servers, cases.undo, rights, kit),
    )

"""The command `admin maintenance`."""

from datetime import datetime

from handlers.commands.registry import Command, Handlers
from handlers.commands.request import CommandRequest
from handlers.kit.blocks import Message, date, plain
from provisioning.access.maintenance import Maintenance
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _


class MaintenanceCommands(Handlers):
    """Begin and end maintenance."""

    def __init__(self, maintenance: Maintenance) -> None:
        self._maintenance = maintenance

    async def maintenance(self, request: CommandRequest) -> Message:
        """Begin or end maintenance, or say whether it is on."""
        match (request.command.get("state") or "").lower():
            case "on":
                await self._maintenance.begin(request.member.id)
            case "off":
                await self._maintenance.end(request.member.id)
            case "":
                pass
            case _other:
                raise UserError(_("`admin maintenance` takes `on` or `off`."))
        return maintenance_answer(await self._maintenance.since())

    COMMANDS = (
        Command(
            "admin maintenance",
            "[on|off]",
            N_(
                "Begin nothing new, for example before an upgrade or during a fault of Azure: "
                "creating, starting and resizing are refused, what runs is finished, and stopping "
                "and deleting work."
            ),
            maintenance,
            optional=("state",),
            admin_only=True,
            example="admin maintenance on",
        ),
    )


def maintenance_answer(since: datetime | None) -> Message:
    """Return whether maintenance is on, and what that means."""
    if since is None:
        return plain(_("Maintenance is off: members can create and start servers."))
    return plain(
        _(
            "Maintenance is on since {time}: I begin nothing new, and finish what runs. "
            "`admin maintenance off` ends it.",
            time=date(since),
        )
    )

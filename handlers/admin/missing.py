"""The buttons of a server that is missing: look again, and restore it from its disk."""

from typing import ClassVar

from handlers.admin.missing_cards import looked_answer
from handlers.commands.registry import Buttons, Handlers
from handlers.kit.action_ids import LOOK_AGAIN_BUTTON, RESTORE_FROM_DISK_BUTTON
from handlers.kit.blocks import Message
from handlers.servers.delete import undo_answer
from provisioning.access.rights import ServerId
from provisioning.admin.missing import Missing
from provisioning.core.model.people import Member


class MissingCommands(Handlers):
    """Handlers of a missing server's buttons, which its owner sees."""

    def __init__(self, missing: Missing) -> None:
        self._missing = missing

    async def look_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Look at once whether Azure shows the machine."""
        return looked_answer(await self._missing.look(member, ServerId(server_id)))

    async def restore_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Begin to restore the server from its disk."""
        return undo_answer(await self._missing.restore(member, ServerId(server_id)))

    BUTTONS: ClassVar[Buttons] = {
        LOOK_AGAIN_BUTTON: look_clicked,
        RESTORE_FROM_DISK_BUTTON: restore_clicked,
    }

"""The commands `admin sweep`, `update`, `orphans` and `adopt`, with their buttons."""

from typing import ClassVar

from handlers.admin.notices import adopted_answer
from handlers.admin.run_now_answers import (
    all_adopted_answer,
    orphans_answer,
    round_answer,
    swept_answer,
)
from handlers.commands.registry import Buttons, Command, Handlers
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import (
    ORPHAN_ADOPT_BUTTON,
    ORPHAN_DELETE_BUTTON,
    UPDATE_IDLE_BUTTON,
)
from handlers.kit.blocks import Message
from handlers.servers.delete import deleting_answer
from provisioning.admin.idle_updates import IdleUpdates
from provisioning.admin.orphans import Orphans
from provisioning.admin.run_now import Upkeep
from provisioning.core.language import N_
from provisioning.core.model.people import Member


class RunNowCommands(Handlers):
    """Handlers of the commands that run scheduled work now, and of an orphan's buttons."""

    def __init__(self, upkeep: Upkeep, idle_updates: IdleUpdates, orphans: Orphans) -> None:
        self._upkeep = upkeep
        self._idle_updates = idle_updates
        self._orphans = orphans

    async def sweep(self, request: CommandRequest) -> Message:
        """Sweep and reconcile now."""
        return swept_answer(await self._upkeep.run(request.member))

    async def update(self, request: CommandRequest) -> Message:
        """Update all idle servers."""
        return round_answer(await self._idle_updates.begin(request.member))

    async def update_clicked(self, member: Member, _nothing: str, _trigger: str) -> Message:
        """Update all idle servers."""
        return round_answer(await self._idle_updates.begin(member))

    async def orphans(self, request: CommandRequest) -> Message:
        """List the orphans in Azure, with buttons."""
        return orphans_answer(await self._orphans.find(request.member))

    async def adopt(self, request: CommandRequest) -> Message:
        """Adopt one orphan by its tag, or all."""
        tag = request.command.get("tag")
        if tag is not None:
            return adopted_answer(await self._orphans.adopt(request.member, tag.lower()))
        adopted, left = await self._orphans.adopt_all(request.member)
        return all_adopted_answer(adopted, left)

    async def adopt_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Adopt the orphan of the button."""
        return adopted_answer(await self._orphans.adopt(member, server_id))

    async def delete_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Delete the orphan of the button."""
        return deleting_answer(await self._orphans.delete(member, server_id))

    COMMANDS = (
        Command(
            "admin sweep",
            "",
            N_(
                "Check every server and compare the records with Azure now, and show what was done."
            ),
            sweep,
            admin_only=True,
        ),
        Command(
            "admin update",
            "",
            N_(
                "Bring JupyterLab up to date on all running servers that are idle, a few at a "
                "time. You get a report by DM."
            ),
            update,
            admin_only=True,
        ),
        Command(
            "admin orphans",
            "",
            N_(
                "List what this installation has in Azure without a record, with buttons to "
                "adopt or delete it."
            ),
            orphans,
            admin_only=True,
        ),
        Command(
            "admin adopt",
            "[tag]",
            N_(
                "Adopt a server in Azure that has no record, or all of them: the record is "
                "written again."
            ),
            adopt,
            optional=("tag",),
            admin_only=True,
        ),
    )
    BUTTONS: ClassVar[Buttons] = {
        UPDATE_IDLE_BUTTON: update_clicked,
        ORPHAN_ADOPT_BUTTON: adopt_clicked,
        ORPHAN_DELETE_BUTTON: delete_clicked,
    }

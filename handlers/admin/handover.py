"""The commands `admin transfer` and `admin give-back`, and the buttons for a leaver's servers."""

from typing import ClassVar

from handlers.admin.handover_cards import (
    admin_transfer_question,
    admin_transferred_answer,
    all_deleted_answer,
    all_stopped_answer,
    all_transferred_answer,
    transfer_all_question,
)
from handlers.admin.leaver_cards import confirmed_answer, given_back_answer
from handlers.commands.registry import Buttons, Command, Handlers
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import (
    ADMIN_TRANSFER_ALL_BUTTON,
    ADMIN_TRANSFER_BUTTON,
    LEAVER_DELETE_BUTTON,
    LEAVER_GIVE_BACK_BUTTON,
    LEAVER_PICKER,
    LEAVER_STOP_BUTTON,
    LEAVERS_CONFIRM_BUTTON,
)
from handlers.kit.blocks import Message
from handlers.kit.mentions import parse_mention
from handlers.kit.toolkit import Toolkit
from provisioning.admin.handover import Handover
from provisioning.admin.leavers import Leavers
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _
from provisioning.core.model.people import Member

ALL = "all"
"""The word for all servers of a member; no server can have it as its name."""


class HandoverCommands(Handlers):
    """Handlers of `admin transfer`, and of the buttons about a leaver's servers."""

    def __init__(self, handover: Handover, leavers: Leavers, kit: Toolkit) -> None:
        self._handover = handover
        self._leavers = leavers
        self._kit = kit

    async def transfer(self, request: CommandRequest) -> Message:
        """Ask to confirm a transfer: `<name> @to`, `<name> @from @to` or `all @from @to`."""
        words = request.command
        what, first, second = words.arguments["name"], words.arguments["person"], words.get("to")
        to = await self._kit.people.find(parse_mention(second or first))
        owner = ""
        if second is not None:
            mention = parse_mention(first)
            owner = (await self._kit.people.find(mention, also_outsiders=True)).id
        if what.lower() != ALL:
            server = await self._handover.find(request.member, what, owner)
            return admin_transfer_question(server, to)
        if not owner:
            raise UserError(
                _("Name the current owner too, for example `admin transfer all @ana @bob`.")
            )
        servers = await self._handover.of(request.member, owner)
        return transfer_all_question(owner, servers, to)

    async def transfer_clicked(self, member: Member, value: str, _trigger: str) -> Message:
        """Transfer one server after the admin has confirmed."""
        server_id, person = await self._kit.picked(value)
        server = await self._handover.transfer(member, server_id, person)
        return admin_transferred_answer(server, person)

    async def transfer_all_clicked(self, member: Member, value: str, _trigger: str) -> Message:
        """Transfer all servers after a confirmation, or after a pick on the leaver's card."""
        owner, person = await self._kit.picked(value)
        handled = await self._handover.transfer_all(member, owner, person)
        return all_transferred_answer(handled, person)

    async def stop_clicked(self, member: Member, owner: str, _trigger: str) -> Message:
        """Stop all servers of a leaver."""
        return all_stopped_answer(await self._handover.stop_all(member, owner))

    async def delete_clicked(self, member: Member, owner: str, _trigger: str) -> Message:
        """Delete all servers of a leaver."""
        return all_deleted_answer(await self._handover.delete_all(member, owner))

    async def give_back(self, request: CommandRequest) -> Message:
        """Open the closed servers of a member who is back."""
        person = await self._kit.people.find(parse_mention(request.command.arguments["person"]))
        return given_back_answer(
            person.id, await self._handover.give_back(request.member, person.id)
        )

    async def give_back_clicked(self, member: Member, owner: str, _trigger: str) -> Message:
        """Open the closed servers of a member who is back."""
        return given_back_answer(owner, await self._handover.give_back(member, owner))

    async def confirm_clicked(self, member: Member, _value: str, _trigger: str) -> Message:
        """End the access of all who seem to have left."""
        return confirmed_answer(await self._leavers.confirm(member))

    COMMANDS = (
        Command(
            "admin transfer",
            "<name|all> [@from] <@to>",
            N_("Give a member's server, or all of them, to another member, after you confirm."),
            transfer,
            required=("name", "person"),
            optional=("to",),
            admin_only=True,
            example="admin transfer all @ana @bob",
        ),
        Command(
            "admin give-back",
            "<@person>",
            N_("Open the servers of a member who left and is back to that member again."),
            give_back,
            required=("person",),
            admin_only=True,
        ),
    )
    BUTTONS: ClassVar[Buttons] = {
        ADMIN_TRANSFER_BUTTON: transfer_clicked,
        ADMIN_TRANSFER_ALL_BUTTON: transfer_all_clicked,
        LEAVER_PICKER: transfer_all_clicked,
        LEAVER_STOP_BUTTON: stop_clicked,
        LEAVER_DELETE_BUTTON: delete_clicked,
        LEAVER_GIVE_BACK_BUTTON: give_back_clicked,
        LEAVERS_CONFIRM_BUTTON: confirm_clicked,
    }

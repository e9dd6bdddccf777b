"""The commands `share`, `unshare` and `transfer`, and their buttons."""

from typing import ClassVar

from handlers.access.share_cards import (
    share_question,
    shared_answer,
    transfer_question,
    transferred_answer,
    unshared_answer,
)
from handlers.commands.registry import Buttons, Command, Handlers
from handlers.commands.request import CommandRequest
from handlers.kit.action_ids import (
    SHARE_BUTTON,
    SHARE_PICKER,
    TRANSFER_BUTTON,
    UNSHARE_BUTTON,
)
from handlers.kit.blocks import Message
from handlers.kit.mentions import parse_mention
from handlers.kit.toolkit import Toolkit
from provisioning.access.rights import Right, Rights, ServerId
from provisioning.access.sharing import Sharing
from provisioning.core.language import N_
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server


class SharingCommands(Handlers):
    """Handlers of the commands about the access list, and of their buttons."""

    def __init__(self, sharing: Sharing, rights: Rights, kit: Toolkit) -> None:
        self._sharing = sharing
        self._rights = rights
        self._kit = kit

    async def share(self, request: CommandRequest) -> Message:
        """Share a server with the member that the command names; without one, ask with whom."""
        server = await self._named(request, Right.SHARE)
        if request.command.get("person") is None:
            return share_question(server)
        person = await self._person(request)
        return shared_answer(
            await self._sharing.share(request.member, ServerId(server.id), person), person
        )

    async def unshare(self, request: CommandRequest) -> Message:
        """End a guest's access, even if the guest has left the team since."""
        server = await self._named(request, Right.SHARE)
        mention = parse_mention(request.command.arguments["person"])
        person = await self._kit.people.find(mention, also_outsiders=True)
        return unshared_answer(
            await self._sharing.unshare(request.member, ServerId(server.id), person), person
        )

    async def transfer(self, request: CommandRequest) -> Message:
        """Ask the owner to confirm a transfer."""
        server = await self._named(request, Right.TRANSFER)
        person = await self._person(request)
        await self._sharing.check_transfer(request.member, ServerId(server.id), person)
        return transfer_question(server, person)

    async def _named(self, request: CommandRequest, right: Right) -> Server:
        return await self._rights.find(request.member, request.command.arguments["name"], right)

    async def _person(self, request: CommandRequest) -> Member:
        return await self._kit.people.find(parse_mention(request.command.arguments["person"]))

    async def share_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """Ask with whom to share the server of the button."""
        return share_question(await self._rights.find(member, ServerId(server_id), Right.SHARE))

    async def person_chosen(self, member: Member, value: str, _trigger: str) -> Message:
        """Share with the member that the owner has picked."""
        server_id, person = await self._kit.picked(value)
        server = await self._sharing.share(member, ServerId(server_id), person)
        return shared_answer(server, person)

    async def unshare_clicked(self, member: Member, value: str, _trigger: str) -> Message:
        """End the access of the guest beside the button."""
        server_id, person = await self._kit.picked(value, also_outsiders=True)
        server = await self._sharing.unshare(member, ServerId(server_id), person)
        return unshared_answer(server, person)

    async def transfer_clicked(self, member: Member, value: str, _trigger: str) -> Message:
        """Transfer the server after the owner has confirmed."""
        server_id, person = await self._kit.picked(value)
        server = await self._sharing.transfer(member, ServerId(server_id), person)
        return transferred_answer(server, person)

    COMMANDS = (
        Command(
            "share",
            "<name> [@person]",
            N_(
                "Let a teammate use your server, with a one-time password of their own by DM. "
                "Members who share a server share its files and kernels."
            ),
            share,
            required=("name",),
            optional=("person",),
            example="share sales @bob",
        ),
        Command(
            "unshare",
            "<name> <@person>",
            N_("End a teammate's access; their sessions and open pages end within seconds."),
            unshare,
            required=("name", "person"),
            example="unshare sales @bob",
        ),
        Command(
            "transfer",
            "<name> <@person>",
            N_(
                "Make a teammate the owner, after you confirm. You lose access unless they share "
                "it."
            ),
            transfer,
            required=("name", "person"),
            example="transfer sales @bob",
        ),
    )
    BUTTONS: ClassVar[Buttons] = {
        SHARE_BUTTON: share_clicked,
        SHARE_PICKER: person_chosen,
        UNSHARE_BUTTON: unshare_clicked,
        TRANSFER_BUTTON: transfer_clicked,
    }

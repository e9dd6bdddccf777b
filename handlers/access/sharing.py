"""Share, unshare and transfer: as typed and as clicked, the same use cases."""

from handlers.access import share_cards
from handlers.commands.request import Asked
from handlers.kit.blocks import Message
from handlers.kit.context import Context
from handlers.kit.mentions import parse_mention
from provisioning.access.rights import Right, ServerId
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server


class SharingCommands:
    """A method for each subcommand and each click."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sharing = context.sharing
        self._rights = context.rights

    async def share(self, asked: Asked) -> Message:
        """Without a person, ask for one."""
        server = await self._named(asked, Right.SHARE)
        if asked.command.get("person") is None:
            return share_cards.share_question(server)
        person = await self._person(asked)
        return share_cards.shared_answer(
            await self._sharing.share(asked.member, ServerId(server.id), person), person
        )

    async def unshare(self, asked: Asked) -> Message:
        """Also of somebody who has left the team since."""
        server = await self._named(asked, Right.SHARE)
        mention = parse_mention(asked.command.arguments["person"])
        person = await self._context.people.find(mention, also_outsiders=True)
        return share_cards.unshared_answer(
            await self._sharing.unshare(asked.member, ServerId(server.id), person), person
        )

    async def transfer(self, asked: Asked) -> Message:
        """Ask before it is done."""
        server = await self._named(asked, Right.TRANSFER)
        person = await self._person(asked)
        await self._sharing.check_transfer(asked.member, ServerId(server.id), person)
        return share_cards.transfer_question(server, person)

    async def people(self, word: str | None) -> tuple[Member, ...]:
        """One colleague or several, with commas between them; nobody where nobody is named."""
        mentions = [parse_mention(each) for each in (word or "").split(",") if each]
        return tuple([await self._context.people.find(each) for each in mentions])

    async def _named(self, asked: Asked, right: Right) -> Server:
        return await self._rights.find(asked.member, asked.command.arguments["name"], right)

    async def _person(self, asked: Asked) -> Member:
        return await self._context.people.find(parse_mention(asked.command.arguments["person"]))

    async def share_clicked(self, member: Member, server_id: str, _trigger: str) -> Message:
        """The button on a card."""
        server = await self._rights.find(member, ServerId(server_id), Right.SHARE)
        return share_cards.share_question(server)

    async def person_chosen(self, member: Member, value: str, _trigger: str) -> Message:
        """Somebody was picked."""
        ref, person = await self._both(value)
        server = await self._sharing.share(member, ref, person)
        return share_cards.shared_answer(server, person)

    async def unshare_clicked(self, member: Member, value: str, _trigger: str) -> Message:
        """The button beside a person."""
        ref, person = await self._both(value, also_outsiders=True)
        server = await self._sharing.unshare(member, ref, person)
        return share_cards.unshared_answer(server, person)

    async def transfer_clicked(self, member: Member, value: str, _trigger: str) -> Message:
        """The question was answered."""
        ref, person = await self._both(value)
        server = await self._sharing.transfer(member, ref, person)
        return share_cards.transferred_answer(server, person)

    async def _both(self, value: str, *, also_outsiders: bool = False) -> tuple[ServerId, Member]:
        server_id, _slash, user_id = value.partition("/")
        if not user_id:
            raise UserError(_("That choice names nobody. Choose a person."))
        mention = parse_mention(f"<@{user_id}>")
        return ServerId(server_id), await self._context.people.find(
            mention, also_outsiders=also_outsiders
        )

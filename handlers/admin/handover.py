"""`admin transfer`, the buttons for the servers of somebody who has left, and Slack's event that
somebody has."""

from typing import Any

from handlers.admin import handover_cards
from handlers.commands.request import Asked
from handlers.kit.blocks import Message
from handlers.kit.context import Context
from handlers.kit.deliveries import Recent
from handlers.kit.mentions import parse_mention
from provisioning.admin.handover import Handover
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.people import Member

ALL = "all"
"""In place of a server's name, which can't be this word."""


class HandoverCommands:
    """As typed and as clicked, the same use cases."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def _handover(self) -> Handover:
        return self._context.handover

    async def transfer(self, asked: Asked) -> Message:
        """`<name> @to`, `<name> @from @to` or `all @from @to`: ask before it is done."""
        words = asked.command
        what, first, second = words.arguments["name"], words.arguments["person"], words.get("to")
        to = await self._context.people.find(parse_mention(second or first))
        owner = ""
        if second is not None:
            mention = parse_mention(first)
            owner = (await self._context.people.find(mention, also_outsiders=True)).id
        if what.lower() != ALL:
            server = await self._handover.find(asked.member, what, owner)
            return handover_cards.admin_transfer_question(server, to)
        if not owner:
            raise UserError(_("Say whose, such as `admin transfer all @ana @bob`."))
        servers = await self._handover.of(asked.member, owner)
        return handover_cards.transfer_all_question(owner, servers, to)

    async def transfer_clicked(self, member: Member, value: str, _trigger: str) -> Message:
        """The question about one was answered."""
        server_id, person = await self._both(value)
        server = await self._handover.transfer(member, server_id, person)
        return handover_cards.admin_transferred_answer(server, person)

    async def transfer_all_clicked(self, member: Member, value: str, _trigger: str) -> Message:
        """The question about all was answered, or somebody was picked on the card."""
        owner, person = await self._both(value)
        handled = await self._handover.transfer_all(member, owner, person)
        return handover_cards.all_transferred_answer(handled, person)

    async def stop_clicked(self, member: Member, owner: str, _trigger: str) -> Message:
        """Stop all of a leaver's."""
        return handover_cards.all_stopped_answer(await self._handover.stop_all(member, owner))

    async def delete_clicked(self, member: Member, owner: str, _trigger: str) -> Message:
        """Delete all of a leaver's."""
        return handover_cards.all_deleted_answer(await self._handover.delete_all(member, owner))

    async def _both(self, value: str) -> tuple[str, Member]:
        first, _slash, user_id = value.partition("/")
        if not user_id:
            raise UserError(_("That choice names nobody. Choose a person."))
        return first, await self._context.people.find(parse_mention(f"<@{user_id}>"))


class Departures:
    """The listener of `user_change`, which comes at every change of anybody's profile."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen: Recent[None] = Recent()

    async def __call__(self, body: dict[str, Any], event: dict[str, Any]) -> None:
        """Bolt's listener."""
        user = event["user"]
        if user.get("deleted") and self._seen.is_new(body["event_id"], None):
            self._context.tasks.spawn(self._context.leavers.left(user["id"]), "leaver")

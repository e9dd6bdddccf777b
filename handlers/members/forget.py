"""The command `admin forget`."""

from handlers.commands.registry import Command, Handlers
from handlers.commands.request import CommandRequest
from handlers.kit.blocks import Message, code, plain
from handlers.kit.mentions import parse_mention
from handlers.kit.toolkit import Toolkit
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _
from provisioning.members.forgetting import Forgetting


class ForgetCommands(Handlers):
    """Forget a person who has asked for it, or has left."""

    def __init__(self, forgetting: Forgetting, kit: Toolkit) -> None:
        self._forgetting = forgetting
        self._kit = kit

    async def forget(self, request: CommandRequest) -> Message:
        """Forget the person, if they have no servers."""
        mention = parse_mention(request.command.arguments["person"])
        person = mention.id
        if not person:
            person = (await self._kit.people.find(mention, also_outsiders=True)).id
        if person == request.member.id:
            raise UserError(_("You are using the bot now, so another admin must forget you."))
        return forgotten_answer(await self._forgetting.forget(request.member, person))

    COMMANDS = (
        Command(
            "admin forget",
            "@person",
            N_(
                "Remove what the database has about a person without servers: name, settings, "
                "keys, limits. In usage and audit a random word stands for them."
            ),
            forget,
            required=("person",),
            admin_only=True,
            example="admin forget @bob",
        ),
    )


def forgotten_answer(alias: str) -> Message:
    """Return what was forgotten, and what is left where."""
    return plain(
        _(
            "Done. In usage and audit the word {alias} stands for the person now. Their messages "
            "in Slack and older backups still name them: backups end by themselves after "
            "`BACKUP__KEPT`.",
            alias=code(alias),
        )
    )

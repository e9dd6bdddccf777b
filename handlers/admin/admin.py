"""What only admins may type."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from handlers.admin import answers as admin_answers
from handlers.commands.parser import Command
from handlers.commands.registry import BY_WORD, COMMAND
from handlers.commands.request import Asked, UseCase, days_of
from handlers.kit.blocks import Message
from handlers.kit.context import Context
from handlers.limits.limits import LimitCommands
from handlers.servers.answers import MOST_LISTED
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.people import Member

AUDIT_DAYS = 7
MOST_DAYS = 3660


def refuse_admins_words(command: Command, member: Member) -> None:
    """Raises `UserError` if the subcommand is an admin's and the person is none."""
    if BY_WORD[command.name].admin_only and not member.is_admin:
        raise UserError(
            _(
                "`{command}` is for the people who run this bot, so nothing was done. "
                "`{help}` shows what you can do.",
                command=command.name,
                help=f"{COMMAND} help",
            )
        )


class AdminUseCases:
    """A method for each of the admins' subcommands."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def table(self) -> Mapping[str, UseCase]:
        """Subcommand -> what answers it."""
        return {
            "admin servers": self.servers,
            "admin quota": self._quota,
            "admin limits": LimitCommands(self._context),
            "admin audit": self._audit,
            "admin announce": self._announce,
        }

    async def servers(self, asked: Asked) -> Message:
        """Everybody's, also for `list --all`."""
        state, find = asked.command.get("state"), self._context.administration.servers
        if asked.command.get("csv") is None:
            found = await find(asked.member, state, MOST_LISTED)
            return admin_answers.servers_answer(found, state)
        everybodys = (await find(asked.member, state)).servers
        await self._context.files.send(
            asked.member.id, "servers.csv", admin_answers.servers_csv(everybodys), _("The servers")
        )
        return admin_answers.csv_answer(len(everybodys))

    async def _quota(self, asked: Asked) -> Message:
        return admin_answers.quota_answer(await self._context.administration.quota(asked.member))

    async def _audit(self, asked: Asked) -> Message:
        words = asked.command
        since = timedelta(days=days_of(words, AUDIT_DAYS, MOST_DAYS))
        audit, name = self._context.administration.audit, words.get("name")
        if words.get("csv") is None:
            trail = await audit(asked.member, name, since, admin_answers.MOST_LINES)
            return admin_answers.audit_answer(trail)
        found = (await audit(asked.member, name, since)).events
        await self._context.files.send(
            asked.member.id, "audit.csv", admin_answers.audit_csv(found), _("The audit trail")
        )
        return admin_answers.csv_answer(len(found))

    async def _announce(self, asked: Asked) -> Message:
        text = asked.command.get("text")
        if not text:
            raise UserError(
                _("Say what to announce, such as `admin announce Servers restart at 8.`")
            )
        owners = await self._context.administration.announce(asked.member, text)
        message = partial(admin_answers.announcement, asked.member, text)
        for owner in owners:
            self._context.tasks.spawn(self._context.announce(owner, message), "announcement")
        return admin_answers.announced_answer(len(owners))

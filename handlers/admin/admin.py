"""The commands for admins about servers, quota, the audit trail and announcements."""

from datetime import timedelta
from functools import partial

from handlers.admin.answers import (
    MOST_EVENTS_SHOWN,
    announced_answer,
    announcement,
    audit_answer,
    audit_csv,
    csv_answer,
    quota_answer,
    servers_answer,
    servers_csv,
)
from handlers.commands.registry import Command, Handlers
from handlers.commands.request import CommandRequest, days_of
from handlers.kit.blocks import Message
from handlers.kit.toolkit import Toolkit
from handlers.servers.listing import MOST_LISTED
from provisioning.admin.administration import Administration
from provisioning.core.errors import UserError
from provisioning.core.language import N_, _

AUDIT_DAYS = 7
_MOST_DAYS = 3660


class AdminCommands(Handlers):
    """Handlers of the commands about the whole installation."""

    def __init__(self, administration: Administration, kit: Toolkit) -> None:
        self._administration = administration
        self._kit = kit

    async def servers(self, request: CommandRequest) -> Message:
        """List all members' servers; `list --all` does the same."""
        state, find = request.command.get("state"), self._administration.servers
        if request.command.get("csv") is None:
            found = await find(request.member, state, MOST_LISTED)
            return servers_answer(found, state, self._administration.version)
        listed = (await find(request.member, state)).servers
        content = servers_csv(listed, self._administration.version)
        await self._kit.messages.send_file(
            request.member.id, "servers.csv", content, _("The servers")
        )
        return csv_answer(len(listed))

    async def quota(self, request: CommandRequest) -> Message:
        """Show the quota of each region."""
        return quota_answer(await self._administration.quota(request.member))

    async def audit(self, request: CommandRequest) -> Message:
        """Show the audit trail of one server or of all."""
        words = request.command
        since = timedelta(days=days_of(words, AUDIT_DAYS, _MOST_DAYS))
        audit, name = self._administration.audit, words.get("name")
        if words.get("csv") is None:
            return audit_answer(await audit(request.member, name, since, MOST_EVENTS_SHOWN))
        found = (await audit(request.member, name, since)).events
        content = audit_csv(found)
        await self._kit.messages.send_file(
            request.member.id, "audit.csv", content, _("The audit trail")
        )
        return csv_answer(len(found))

    async def announce(self, request: CommandRequest) -> Message:
        """Send a message to each owner of a server."""
        text = request.command.get("text")
        if not text:
            raise UserError(
                _("Add the text to announce, for example `admin announce Servers restart at 8.`")
            )
        owners = await self._administration.announce(request.member, text)
        message = partial(announcement, request.member, text)
        for owner in owners:
            sending = self._kit.messages.send(
                owner, message, must_arrive=False, after_quiet_hours=True
            )
            self._kit.tasks.spawn(sending, "announcement")
        return announced_answer(len(owners))

    COMMANDS = (
        Command(
            "admin servers",
            "[state] [--csv]",
            N_(
                "All members' servers, or those in one state, and which of them are behind with "
                "their version. `--csv`: all of them, as a file."
            ),
            servers,
            optional=("state",),
            flags=("csv",),
            admin_only=True,
            example="admin servers running",
        ),
        Command(
            "admin quota",
            "",
            N_(
                "The subscription's quota in each region, how much of it is in use, and by which "
                "members."
            ),
            quota,
            admin_only=True,
        ),
        Command(
            "admin audit",
            "[name] [--days N] [--csv]",
            N_(
                "Who requested what and when, and how it ended, for one server or for all. "
                "`--csv`: as a file."
            ),
            audit,
            optional=("name",),
            options=("days",),
            flags=("csv",),
            admin_only=True,
            example="admin audit sales --days 30 --csv",
        ),
        Command(
            "admin announce",
            "<text>",
            N_("Send a message by DM to every member who has a server."),
            announce,
            rest="text",
            admin_only=True,
            example="admin announce Tonight at 20:00 the servers restart.",
        ),
    )

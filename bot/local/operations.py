"""What can be asked at the local address: the use cases of Slack's commands, as data."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from bot.local.answers import (
    amount_as_data,
    decision_as_data,
    event_as_data,
    limits_as_data,
    load_as_data,
    server_as_data,
)
from bot.wiring.bot import Bot
from handlers.kit.mentions import Mention
from provisioning.access.printed_passwords import PrintedPasswords
from provisioning.access.rights import ServerId
from provisioning.core.errors import UserError
from provisioning.core.model.events import COMMAND_LINE, Event
from provisioning.core.model.people import Member
from provisioning.core.model.request import CreateRequest
from provisioning.core.model.server import Server
from provisioning.limits.approval import Approval
from provisioning.servers.choices import read_disk

_ADMIN = Member(COMMAND_LINE, "command line", is_admin=True)

Asked = Mapping[str, Any]


class Operations:
    """The operations by name. On a member's server the admin acts in the owner's place.

    An event names the command line before each change, and the use case's own event follows.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._cases = bot.cases
        self._store = bot.edges.stores.servers
        machines = bot.edges.machines
        self._passwords = PrintedPasswords(
            self._store,
            bot.edges.stores.audit,
            machines.host,
            machines.reach,
            bot.edges.clock,
            bot.edges.policy,
        )
        self._known: dict[str, Callable[[Asked], Awaitable[Any]]] = {
            "list": self._list,
            "show": self._show,
            "create": self._create,
            "start": self._start,
            "stop": self._stop,
            "delete": self._delete,
            "password": self._password,
            "audit": self._audit,
            "usage": self._usage,
            "limits": self._limits,
            "maintenance": self._maintenance,
            "preview": self._preview,
        }

    async def run(self, name: str, words: Asked) -> Any:
        """Return the result of an operation, ready for JSON.

        Raises:
            UserError: about an unknown operation, and as the use case does.
        """
        operation = self._known.get(name)
        if operation is None:
            raise UserError(f"The running bot has no operation {name!r}. Is it of this version?")
        return await operation(words)

    async def _list(self, words: Asked) -> Any:
        found = await self._cases.admin.administration.servers(_ADMIN, words.get("state"))
        return [server_as_data(each) for each in found.servers]

    async def _show(self, words: Asked) -> Any:
        return server_as_data(await self._named(words))

    async def _create(self, words: Asked) -> Any:
        owner = await self._owner(str(words["owner"]))
        await self._record("create", None, f"for {owner.id}: {words['platform']}")
        disk = words.get("disk")
        request = CreateRequest(
            actor=owner,
            platform=str(words["platform"]),
            name=words.get("name"),
            size=words.get("size"),
            request_key=f"command-line:{uuid4().hex}",
            release=words.get("release"),
            region=words.get("region"),
            disk_gb=read_disk(str(disk)) if disk else None,
        )
        made = await self._cases.servers.creations.create(request, approved=True)
        if isinstance(made, Approval):
            raise UserError("The server is beyond a limit. Raise it with `admin limits` in Slack.")
        return server_as_data(made.server)

    async def _owner(self, user_id: str) -> Member:
        """Return the person, by Slack's name if Slack answers."""
        try:
            return await self._bot.edges.slack.colleagues.find(
                Mention(id=user_id), also_outsiders=True
            )
        except UserError:
            return Member(user_id)

    async def _start(self, words: Asked) -> Any:
        return await self._in_owners_place("start", words, self._cases.servers.servers.start)

    async def _stop(self, words: Asked) -> Any:
        return await self._in_owners_place("stop", words, self._cases.servers.servers.stop)

    async def _delete(self, words: Asked) -> Any:
        servers = self._cases.servers.servers
        delete = servers.delete_with_copy if words.get("keep_copy") else servers.delete
        return await self._in_owners_place("delete", words, delete)

    async def _in_owners_place(
        self, verb: str, words: Asked, change: Callable[[Member, ServerId], Awaitable[Server]]
    ) -> Any:
        server = await self._named(words)
        changed = await change(_owner_of(server), ServerId(server.id))
        await self._record(verb, server.id, server.name)
        return server_as_data(changed)

    async def _password(self, words: Asked) -> Any:
        server = await self._named(words)
        if words.get("print"):
            password, until = await self._passwords.give(server, COMMAND_LINE)
            data = server_as_data(server)
            return data | {"password": password, "expires_at": until.isoformat()}
        owner, key = _owner_of(server), f"command-line:{uuid4().hex}"
        ref = ServerId(server.id)
        changed = await self._cases.servers.servers.reset_password(owner, ref, key)
        await self._record("password", server.id, server.name)
        return server_as_data(changed)

    async def _audit(self, words: Asked) -> Any:
        since = timedelta(days=int(words.get("days") or 7))
        audit = self._cases.admin.administration.audit
        trail = await audit(_ADMIN, words.get("name"), since)
        return [event_as_data(each) for each in trail.events]

    async def _usage(self, words: Asked) -> Any:
        days = int(words.get("days") or 30)
        usage = await self._cases.usage.reports.of_everybody(_ADMIN, days)
        return {
            "total": amount_as_data(usage.total()),
            "owners": {who: amount_as_data(each) for who, each in usage.by_owner().items()},
        }

    async def _limits(self, _words: Asked) -> Any:
        found = await self._cases.admin.limiting.overview(_ADMIN)
        people = sorted({*found.own, *found.used})
        return {
            "member": limits_as_data(found.member),
            "installation": limits_as_data(found.maximum),
            "used": load_as_data(found.total),
            "members": {
                who: {"limits": limits_as_data(found.of(who))}
                | ({"used": load_as_data(found.used[who])} if who in found.used else {})
                for who in people
            },
        }

    async def _preview(self, _words: Asked) -> Any:
        found = await self._cases.admin.administration.servers(_ADMIN, None)
        decisions = await self._cases.admin.upkeep.preview(_ADMIN, found.servers)
        return [
            server_as_data(each) | decision_as_data(decisions[each.id])
            for each in found.servers
            if each.id in decisions
        ]

    async def _maintenance(self, words: Asked) -> Any:
        maintenance = self._bot.edges.maintenance
        if words.get("state") == "on":
            await maintenance.begin(COMMAND_LINE)
        elif words.get("state") == "off":
            await maintenance.end(COMMAND_LINE)
        since = await maintenance.since()
        return {"since": since.isoformat() if since else None}

    async def _named(self, words: Asked) -> Server:
        """Return the latest server of that name, or of that id."""
        name = str(words["name"]).strip().lower()
        server = await self._store.find(name) or await self._store.get(name)
        if server is None:
            raise UserError(f"There is no server {name!r}. `notebook-bot server list` lists all.")
        return server

    async def _record(self, verb: str, server_id: str | None, detail: str) -> None:
        now = self._bot.edges.clock.now()
        event = Event(now, COMMAND_LINE, "command", server_id, "accepted", f"{verb} {detail}")
        await self._bot.edges.stores.audit.record(event)


def _owner_of(server: Server) -> Member:
    return Member(server.owner, server.owner_name)

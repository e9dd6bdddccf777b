"""What admins do with other people's servers: give them to somebody, stop them, delete them.

For a colleague who has left, above all. Each one refuses who is no admin, whatever the button said.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from provisioning.access.rights import require_admin
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Load
from provisioning.core.model.names import shortened
from provisioning.core.model.people import Member
from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import ServerStore, ShareStore
from provisioning.servers.transitions import DELETE, STOP, Transition, Transitions

_TRANSFERABLE = (Status.RUNNING, Status.STOPPED)


@dataclass(frozen=True)
class Handled:
    """What became of a person's servers: `done`, and those that are `left` as they are."""

    owner: str
    done: tuple[Server, ...]
    left: tuple[Server, ...]


@dataclass(frozen=True)
class Handover:
    """Over the ports. How many servers somebody may have does not count here."""

    store: ServerStore
    shares: ShareStore
    work: Work
    clock: Clock

    async def find(self, actor: Member, name: str, owner: str = "") -> Server:
        """The live server of that name, whoever's it is; with `owner` only if it is theirs.

        Raises:
            UserError: if there is none.
        """
        require_admin(actor)
        server = await self.store.find(name.strip().lower())
        if server is None or not server.status.is_live or owner not in ("", server.owner):
            raise UserError(_not_found(name, owner))
        return server

    async def of(self, actor: Member, owner: str) -> Sequence[Server]:
        """The person's live servers.

        Raises:
            UserError: if there are none.
        """
        require_admin(actor)
        servers = await self.store.list_servers(owner)
        if not servers:
            raise UserError(_("{person} has no servers.", person=f"<@{owner}>"))
        return servers

    async def transfer(self, actor: Member, server_id: str, person: Member) -> Server:
        """Give one server to somebody.

        Raises:
            UserError: if it is theirs already, or is neither running nor stopped.
        """
        require_admin(actor)
        server = await self.store.get(server_id)
        if server is None:
            raise UserError(_("That server does not exist any more."))
        if server.owner == person.id:
            raise UserError(
                _("`{name}` is {person}'s already.", name=server.name, person=f"<@{person.id}>")
            )
        moved = await self._transfer(actor, server, person)
        if moved is None:
            raise UserError(
                _(
                    "`{name}` is {state}, and only a running or a stopped server can be "
                    "transferred. Try again when it is.",
                    name=server.name,
                    state=server.status.value,
                )
            )
        return moved

    async def transfer_all(self, actor: Member, owner: str, person: Member) -> Handled:
        """Give all servers of `owner` to somebody; those that are neither running nor stopped
        are left. Raises `UserError` if there are none."""

        async def give(server: Server) -> Server | None:
            return await self._transfer(actor, server, person)

        if owner == person.id:
            raise UserError(_("Those are {person}'s already.", person=f"<@{person.id}>"))
        return await self._each(actor, owner, give)

    async def stop_all(self, actor: Member, owner: str) -> Handled:
        """Stop those that run. Raises as `transfer_all`."""
        return await self._each(actor, owner, self._beginning(actor, STOP))

    async def delete_all(self, actor: Member, owner: str) -> Handled:
        """Delete all. Raises as `transfer_all`."""
        return await self._each(actor, owner, self._beginning(actor, DELETE))

    async def _each(
        self, actor: Member, owner: str, act: Callable[[Server], Awaitable[Server | None]]
    ) -> Handled:
        done: list[Server] = []
        left: list[Server] = []
        for server in await self.of(actor, owner):
            changed = await act(server)
            (left if changed is None else done).append(changed or server)
        return Handled(owner, tuple(done), tuple(left))

    async def _transfer(self, actor: Member, server: Server, person: Member) -> Server | None:
        if server.status not in _TRANSFERABLE:
            return None
        now, detail = self.clock.now(), f"{server.name} {server.owner} {person.id}"
        event = Event(now, actor.id, "transfer", server.id, "accepted", detail)
        moved = await self.shares.transfer(server, person, now, event, _as_admins_say)
        if moved is not None:
            await self.work.begin(Job.PEOPLE, moved, f"version-{moved.access_list.version}")
        return moved

    def _beginning(
        self, actor: Member, wish: Transition
    ) -> Callable[[Server], Awaitable[Server | None]]:
        async def begin(server: Server) -> Server | None:
            if server.status not in wish.since:
                return None
            transitions = Transitions(self.store, self.work, self.clock)
            detail = f"{server.name} of {server.owner}"
            return await transitions.begin(server, wish, actor.id, detail)

        return begin


def _as_admins_say(_theirs: Load, _everybodys: Load) -> None:
    """Limits bind members: whoever hands over a leaver's servers could raise them as well."""


def _not_found(name: str, owner: str) -> str:
    name = shortened(name)
    if owner:
        return _(
            "There is no server `{name}` of that person. `admin servers` lists all.", name=name
        )
    return _("There is no server `{name}`. `admin servers` lists all.", name=name)

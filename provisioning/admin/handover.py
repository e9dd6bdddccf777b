"""What admins do with other members' servers: transfer, stop or delete them.

Above all for an owner who has left. Each method refuses members who are no admins, whatever the
handler checked.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from provisioning.access.rights import require_admin
from provisioning.admin.leavers import Directory
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Load
from provisioning.core.model.names import shortened
from provisioning.core.model.people import Member, Standing
from provisioning.core.model.server import Job, Server, Status
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import DepartureStore, ServerStore, ShareStore
from provisioning.servers.transitions import DELETE, STOP, Transition, Transitions

_TRANSFERABLE = (Status.RUNNING, Status.STOPPED)


@dataclass(frozen=True)
class Handled:
    """The result for an owner's servers: `done`, and those that are `left` as they were."""

    owner: str
    done: tuple[Server, ...]
    left: tuple[Server, ...]


@dataclass(frozen=True)
class Handover:
    """The use cases. Limits on servers do not count here."""

    store: ServerStore
    shares: ShareStore
    departures: DepartureStore
    directory: Directory
    work: Work
    clock: Clock

    async def find(self, actor: Member, name: str, owner: str = "") -> Server:
        """Return the live server of that name; with `owner`, only if that member owns it.

        Raises:
            UserError: if there is none.
        """
        require_admin(actor)
        server = await self.store.find(name.strip().lower())
        if server is None or not server.status.is_live or owner not in ("", server.owner):
            raise UserError(_not_found(name, owner))
        return server

    async def of(self, actor: Member, owner: str) -> Sequence[Server]:
        """Return the member's live servers.

        Raises:
            UserError: if there are none.
        """
        require_admin(actor)
        servers = await self.store.list_servers(owner)
        if not servers:
            raise UserError(_("{person} has no servers.", person=f"<@{owner}>"))
        return servers

    async def transfer(self, actor: Member, server_id: str, person: Member) -> Server:
        """Transfer one server to another member.

        Raises:
            UserError: if the member owns it already, or if it is neither running nor stopped.
        """
        require_admin(actor)
        server = await self.store.get(server_id)
        if server is None:
            raise UserError(_("That server does not exist any more."))
        if server.owner == person.id:
            raise UserError(
                _(
                    "`{name}` belongs to {person} already.",
                    name=server.name,
                    person=f"<@{person.id}>",
                )
            )
        moved = await self._transfer(actor, server, person)
        if moved is None:
            raise UserError(
                _(
                    "`{name}` is {state}. Only a running or a stopped server can be transferred. "
                    "Try again when it is.",
                    name=server.name,
                    state=server.status.value,
                )
            )
        return moved

    async def transfer_all(self, actor: Member, owner: str, person: Member) -> Handled:
        """Transfer all servers of `owner`; leaves those that are neither running nor stopped.

        Raises:
            UserError: if there are none.
        """

        async def give(server: Server) -> Server | None:
            return await self._transfer(actor, server, person)

        if owner == person.id:
            raise UserError(
                _("These servers belong to {person} already.", person=f"<@{person.id}>")
            )
        return await self._each(actor, owner, give)

    async def give_back(self, actor: Member, owner: str) -> Sequence[Server]:
        """Open the closed servers of an owner who is back to that owner again.

        Raises:
            UserError: if none is closed, or the owner still may not use the bot.
        """
        require_admin(actor)
        standing = await self.directory.standing(owner)
        if standing is not Standing.MEMBER:
            raise UserError(_may_not_yet(owner, standing))
        event = Event(self.clock.now(), actor.id, "given back", None, "accepted", owner)
        opened = await self.departures.give_back(owner, event)
        if not opened:
            raise UserError(_("No server of {person} is closed.", person=f"<@{owner}>"))
        for server in opened:
            await self.work.begin(Job.PEOPLE, server, f"version-{server.access_list.version}")
        return opened

    async def stop_all(self, actor: Member, owner: str) -> Handled:
        """Stop the owner's running servers. Raises as `transfer_all` does."""
        return await self._each(actor, owner, self._beginning(actor, STOP))

    async def delete_all(self, actor: Member, owner: str) -> Handled:
        """Delete all servers of the owner. Raises as `transfer_all` does."""
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
        self, actor: Member, transition: Transition
    ) -> Callable[[Server], Awaitable[Server | None]]:
        async def begin(server: Server) -> Server | None:
            if server.status not in transition.since:
                return None
            transitions = Transitions(self.store, self.work, self.clock)
            detail = f"{server.name} of {server.owner}"
            return await transitions.begin(server, transition, actor.id, detail)

        return begin


def _as_admins_say(_theirs: Load, _everybodys: Load) -> None:
    """Allow every load: an admin who transfers servers could raise the limits as well."""


def _may_not_yet(owner: str, standing: Standing) -> str:
    if standing is Standing.UNKNOWN:
        return _(
            "I can't look that person up now, because Slack does not answer. Nothing was done; "
            "try again in a minute."
        )
    return _(
        "{person} may not use notebook servers here now, so their servers stay closed. Reactivate "
        "their account or add them to a group that may use the bot, then give the servers back.",
        person=f"<@{owner}>",
    )


def _not_found(name: str, owner: str) -> str:
    name = shortened(name)
    if owner:
        return _("That member has no server `{name}`. `admin servers` lists all.", name=name)
    return _("There is no server `{name}`. `admin servers` lists all.", name=name)

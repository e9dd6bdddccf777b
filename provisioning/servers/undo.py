"""The use cases of `undo`: the servers that can be restored, and the restore."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.access.installation_keys import PLANTED
from provisioning.access.rights import ServerId, ServerRef, is_closed
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.limits import Load
from provisioning.core.model.names import shortened
from provisioning.core.model.people import Member
from provisioning.core.model.policy import Policy
from provisioning.core.model.server import Server, Status
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import OwnLimitStore, ServerStore
from provisioning.limits.checks import require_room
from provisioning.servers.rename import free_name
from provisioning.servers.transitions import UNDO, Transitions

_CHANGING = (Status.RESTORING, Status.DELETING)


@dataclass(frozen=True)
class Undo:
    """Restore deleted servers; only their owner may, since the guests' shares have ended."""

    store: ServerStore
    limits: OwnLimitStore
    work: Work
    clock: Clock
    policy: Policy

    async def possible(self, actor: Member) -> Sequence[Server]:
        """Return the actor's deleted servers that can be restored now, latest first."""
        now = self.clock.now()
        kept = await self.store.kept_copies(actor.id)
        return [each for each in kept if each.snapshot and each.snapshot.until > now]

    async def restore(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to restore a server from its snapshot.

        The server gets another name if its own is taken now. A name refers to the latest server
        of that name that can be restored.

        Raises:
            UserError: if the actor has no such server, it can no longer be restored, or it is
                beyond the actor's limits.
        """
        if isinstance(ref, ServerId):
            return await self._by_id(actor, ref.value)
        return await self._by_name(actor, ref.strip().lower())

    async def _by_name(self, actor: Member, wanted: str) -> Server:
        possible = await self.possible(actor)
        for server in possible:
            if server.name == wanted:
                return await self._begin(actor, server)
        live = await self.store.find(wanted)
        if live is not None and live.owner == actor.id and live.status in _CHANGING:
            UNDO.check(live)
        raise _no_snapshot(wanted, [each.name for each in possible])

    async def _by_id(self, actor: Member, server_id: str) -> Server:
        server = await self.store.get(server_id)
        if server is None or server.owner != actor.id:
            raise UserError(_("That server does not exist. `list` shows yours."))
        UNDO.check(server)
        return await self._begin(actor, server)

    async def _begin(self, actor: Member, server: Server) -> Server:
        now = self.clock.now()
        if server.closed_at is not None:
            raise is_closed(server)
        if server.snapshot is None or server.snapshot.until <= now:
            raise UserError(
                _(
                    "`{name}` can no longer be restored, since its snapshot has been deleted.",
                    name=server.name,
                )
            )
        await require_room(self.limits, self.policy, Load(), server)
        name = await free_name(self.store, server.name)
        changed = await Transitions(self.store, self.work, self.clock).begin(
            server,
            UNDO,
            actor.id,
            name,
            name=name,
            # cloud-init takes the machine for a new one and plants the host key again. The bot
            # accepts the planted key until the set-up has rotated it.
            host_key_generation=PLANTED,
        )
        if changed is None:
            return await self._by_id(actor, server.id)  # another request was faster
        return changed


def _no_snapshot(wanted: str, possible: Sequence[str]) -> UserError:
    name = shortened(wanted)
    if not possible:
        return UserError(
            _(
                "You have no snapshot of a deleted `{name}`. Only a server that was deleted with a "
                "snapshot can be restored, as long as the snapshot is kept.",
                name=name,
            )
        )
    names = ", ".join(f"`{each}`" for each in possible)
    near = difflib.get_close_matches(wanted, possible, n=1)
    if near:
        return UserError(
            _(
                "You have no snapshot of a deleted `{name}`. Did you mean `{near}`? You can "
                "restore {names}.",
                name=name,
                near=near[0],
                names=names,
            )
        )
    return UserError(
        _(
            "You have no snapshot of a deleted `{name}`. You can restore {names}.",
            name=name,
            names=names,
        )
    )

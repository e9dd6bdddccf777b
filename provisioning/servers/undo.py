"""The use cases around a deletion that can be undone: what can be, and the undo."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.access.installation_keys import PLANTED
from provisioning.access.rights import ServerId, ServerRef
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
    """For the owner alone: with whom it was shared has no access any more."""

    store: ServerStore
    limits: OwnLimitStore
    work: Work
    clock: Clock
    policy: Policy

    async def possible(self, actor: Member) -> Sequence[Server]:
        """The person's deleted servers that can be brought back now, latest first."""
        now = self.clock.now()
        kept = await self.store.kept_copies(actor.id)
        return [each for each in kept if each.snapshot and each.snapshot.until > now]

    async def restore(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to restore the server from its snapshot, under another name where its own is
        taken now; by a name, the latest one of that name that can be restored.

        Raises:
            UserError: if the actor has no such server, it can't be restored (any more), or they
                have as many servers as they may.
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
        raise _no_copy(wanted, [each.name for each in possible])

    async def _by_id(self, actor: Member, server_id: str) -> Server:
        server = await self.store.get(server_id)
        if server is None or server.owner != actor.id:
            raise UserError(_("That server does not exist. `list` shows yours."))
        UNDO.check(server)
        return await self._begin(actor, server)

    async def _begin(self, actor: Member, server: Server) -> Server:
        now = self.clock.now()
        if server.snapshot is None or server.snapshot.until <= now:
            raise UserError(
                _(
                    "That came too late: `{name}` can't be brought back any more, its copy is "
                    "gone.",
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
            # To cloud-init it is a new machine, so it puts the planted host key back, which
            # is taken until the set-up has replaced it again.
            host_key_generation=PLANTED,
        )
        if changed is None:
            return await self._by_id(actor, server.id)  # somebody was faster: says what is so now
        return changed


def _no_copy(wanted: str, possible: Sequence[str]) -> UserError:
    name = shortened(wanted)
    if not possible:
        return UserError(
            _(
                "There is no copy of a deleted `{name}` of yours. Only servers that were deleted "
                "with a copy can be brought back, until the copy's end.",
                name=name,
            )
        )
    names = ", ".join(f"`{each}`" for each in possible)
    near = difflib.get_close_matches(wanted, possible, n=1)
    if near:
        return UserError(
            _(
                "There is no copy of a deleted `{name}` of yours. Did you mean `{near}`? You can "
                "undo {names}.",
                name=name,
                near=near[0],
                names=names,
            )
        )
    return UserError(
        _(
            "There is no copy of a deleted `{name}` of yours. You can undo {names}.",
            name=name,
            names=names,
        )
    )

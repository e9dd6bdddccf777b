"""The use cases around a deletion that can be undone: what can be, and the undo."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.access.installation_keys import PLANTED
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.limits import Usage
from provisioning.core.model.names import shortened
from provisioning.core.model.people import Member
from provisioning.core.model.policy import Policy
from provisioning.core.model.server import Server, Status
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import Store
from provisioning.limits.checks import require_room
from provisioning.servers.rename import free_name
from provisioning.servers.transitions import UNDO, Transitions

_CHANGING = (Status.RESTORING, Status.DELETING)


@dataclass(frozen=True)
class Undo:
    """For the owner alone: with whom it was shared has no access any more."""

    store: Store
    work: Work
    clock: Clock
    policy: Policy

    async def possible(self, actor: Member) -> Sequence[Server]:
        """The person's deleted servers that can be brought back now, latest first."""
        now = self.clock.now()
        kept = await self.store.kept_copies(actor.id)
        return [each for each in kept if each.snapshot and each.snapshot.until > now]

    async def by_name(self, actor: Member, name: str) -> Server:
        """Begin to bring back the latest deleted one of that name.

        Raises:
            UserError: if none can be, or as `by_id`.
        """
        wanted = name.strip().lower()
        possible = await self.possible(actor)
        for server in possible:
            if server.name == wanted:
                return await self._begin(actor, server)
        live = await self.store.find(wanted)
        if live is not None and live.owner == actor.id and live.status in _CHANGING:
            UNDO.check(live)
        raise _no_copy(wanted, [each.name for each in possible])

    async def by_id(self, actor: Member, server_id: str) -> Server:
        """Begin to bring that one back, under another name where its own is taken now.

        Raises:
            UserError: if it isn't the person's, can't be brought back (any more), or they have
                as many servers as they may.
        """
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
        await require_room(self.store, self.policy, Usage(), server)
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
            return await self.by_id(actor, server.id)  # somebody was faster: says what is so now
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

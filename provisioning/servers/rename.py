"""The use case of a rename, and the search for a free name."""

from dataclasses import dataclass
from itertools import count

from provisioning.access.rights import Right, Rights, ServerRef, has_just_changed
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.names import MAX_LENGTH, validate_name
from provisioning.core.model.people import Member
from provisioning.core.model.server import Job, Server, Status, state_word
from provisioning.core.ports.engine import Clock, Work, due_on
from provisioning.core.ports.store import ServerStore


@dataclass(frozen=True)
class Renames:
    """Rename servers; only their owner may."""

    store: ServerStore
    rights: Rights
    work: Work
    clock: Clock

    async def rename(self, actor: Member, ref: ServerRef, wanted: str, key: str) -> Server:
        """Give a server another name, in any state in which it exists.

        Its address, its files and the host name inside stay; its tags in the cloud follow.

        Raises:
            UserError: if the actor is not the owner, the server has ended, or the name is invalid
                or taken.
        """
        server = await self.rights.find(actor, ref, Right.RENAME)
        wanted = validate_name(wanted)
        if wanted == server.name:
            raise UserError(_("Its name already is `{name}`, so nothing was changed.", name=wanted))
        if not server.status.is_live or server.status is Status.DELETING:
            raise UserError(
                _(
                    "`{name}` can't be renamed. Its state is: {state}.",
                    name=server.name,
                    state=state_word(server.status),
                )
            )
        detail = f"{server.name} -> {wanted}"
        event = Event(self.clock.now(), actor.id, Job.RENAME, server.id, "accepted", detail)
        tags = due_on(Job.RENAME, server, key)
        changed = await self.store.update(server.id, server.generation, event, tags, name=wanted)
        if changed is None:
            raise has_just_changed(server)
        await self.work.begin(Job.RENAME, changed, key)
        return changed


async def free_name(store: ServerStore, name: str) -> str:
    """Return the name, or the first of `name-2`, `name-3` ... that no live server has."""
    for number in count(1):
        ending = "" if number == 1 else f"-{number}"
        wanted = name[: MAX_LENGTH - len(ending)].rstrip("-") + ending
        found = await store.find(wanted)
        if found is None or not found.status.is_live:
            return wanted
    raise AssertionError  # numbers don't end

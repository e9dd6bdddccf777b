"""The update of a server's software on request; a workflow then does it.

A start and a restart bring a server up to date as well.
"""

from dataclasses import dataclass
from datetime import datetime

from provisioning.access.rights import Right, Rights, ServerRef, has_just_changed
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.server import Job, Server, Status, state_word
from provisioning.core.ports.engine import Clock, Work, due_on
from provisioning.core.ports.store import ServerStore

_ENDED = "!"


@dataclass(frozen=True)
class UpdateRound:
    """An admin's round of updates, as `Server.update_round` names it.

    `ended`: the server that has this value is done, and the others of the round may not be.
    """

    admin: str
    began: datetime
    ended: bool = False

    @property
    def key(self) -> str:
        """The name of the round, the same for all its servers."""
        return f"{self.admin}/{self.began.isoformat()}"

    @property
    def stored(self) -> str:
        """The value of the server's field."""
        return self.key + _ENDED * self.ended

    @classmethod
    def of(cls, server: Server) -> "UpdateRound | None":
        """Return the round that is to reach the server, None for none."""
        if not server.update_round:
            return None
        key = server.update_round.removesuffix(_ENDED)
        admin, _slash, began = key.partition("/")
        return cls(admin, datetime.fromisoformat(began), key != server.update_round)


@dataclass(frozen=True)
class Updates:
    """Bring a server's environment and the bot's programs on it to the present version."""

    rights: Rights
    store: ServerStore
    work: Work
    clock: Clock

    async def begin(self, actor: Member, ref: ServerRef, key: str) -> Server:
        """Begin to update a running server. What members run on it goes on.

        Raises:
            UserError: if the actor does not own the server, or it does not run.
        """
        server = await self.rights.find(actor, ref, Right.UPDATE)
        if server.status is not Status.RUNNING:
            raise UserError(
                _(
                    "`{name}` can be updated only while it runs; each start updates it anyway. "
                    "Its state is: {state}.",
                    name=server.name,
                    state=state_word(server.status),
                )
            )
        event = Event(self.clock.now(), actor.id, Job.UPDATE, server.id, "accepted", server.name)
        changed = await self.store.update(
            server.id,
            server.generation,
            event,
            due_on(Job.UPDATE, server, key),
            status=server.status,
        )
        if changed is None:
            raise has_just_changed(server)
        await self.work.begin(Job.UPDATE, changed, key)
        return changed

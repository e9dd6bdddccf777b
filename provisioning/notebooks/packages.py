"""The use cases of a server's Python packages: change the list; a workflow then installs it."""

from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.access.rights import Right, Rights, ServerRef, has_just_changed
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.names import shortened
from provisioning.core.model.people import Member
from provisioning.core.model.server import Job, Server, Status, state_word
from provisioning.core.ports.engine import Clock, Work, due_on
from provisioning.core.ports.store import ServerStore
from provisioning.notebooks.requirements import MOST_PACKAGES, checked_requirement, name_of


@dataclass(frozen=True)
class Packages:
    """Add packages to a server's list, `Server.packages`, or remove some."""

    rights: Rights
    store: ServerStore
    work: Work
    clock: Clock

    async def add(self, actor: Member, ref: ServerRef, words: Sequence[str], key: str) -> Server:
        """Begin to install packages; a package on the list already gets the new version.

        Raises:
            UserError: if the actor does not own the server, it does not run, or a word is not a
                package.
        """
        server = await self._changeable(actor, ref)
        new = [checked_requirement(word) for word in words]
        names = {name_of(each) for each in new}
        kept = [each for each in server.packages if name_of(each) not in names]
        if len(kept) + len(new) > MOST_PACKAGES:
            raise UserError(
                _(
                    "A server can have at most {most} packages. Remove some first.",
                    most=MOST_PACKAGES,
                )
            )
        return await self._set(actor, server, [*kept, *new], key)

    async def remove(self, actor: Member, ref: ServerRef, words: Sequence[str], key: str) -> Server:
        """Begin to remove packages from the list and the server.

        Raises:
            UserError: as `add` does, or if a package is not on the list.
        """
        server = await self._changeable(actor, ref)
        listed = {name_of(each): each for each in server.packages}
        for word in words:
            if listed.pop(name_of(checked_requirement(word)), None) is None:
                raise UserError(
                    _(
                        "`{package}` is not a package of `{name}`, so nothing was done. "
                        "`packages {name}` shows the list.",
                        package=shortened(word),
                        name=server.name,
                    )
                )
        return await self._set(actor, server, list(listed.values()), key)

    async def _changeable(self, actor: Member, ref: ServerRef) -> Server:
        server = await self.rights.find(actor, ref, Right.CHANGE_PACKAGES)
        if server.status is not Status.RUNNING:
            raise UserError(
                _(
                    "Packages can be changed only while `{name}` is running. Its state is: "
                    "{state}.",
                    name=server.name,
                    state=state_word(server.status),
                )
            )
        return server

    async def _set(self, actor: Member, server: Server, wanted: Sequence[str], key: str) -> Server:
        event = Event(
            self.clock.now(), actor.id, "packages", server.id, "accepted", " ".join(wanted)
        )
        changed = await self.store.update(
            server.id,
            server.generation,
            event,
            due_on(Job.PACKAGES, server, key),
            packages=tuple(wanted),
        )
        if changed is None:
            raise has_just_changed(server)
        await self.work.begin(Job.PACKAGES, changed, key)
        return changed

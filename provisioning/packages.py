"""The Python packages that an owner wants on a server: the list, and the work that follows it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from provisioning.errors import PermanentError, UserError
from provisioning.language import _
from provisioning.model import Event, HostAccess, Job, Member, Server, Status
from provisioning.names import shortened
from provisioning.ports import Clock, Host, Notifier, Store, Work
from provisioning.requirements import MOST, checked_requirement, name_of
from provisioning.rights import Right
from provisioning.service import Servers
from provisioning.states import has_just_changed, state_word
from provisioning.steps import ENGINE, Step, Workflow

PATIENCE = 1800.0
"""Seconds. Half an hour for a machine that can't be reached; the installation itself ends
earlier or fails."""


@dataclass(frozen=True)
class Packages:
    """The use cases: what is on the list, more of it, less of it."""

    servers: Servers
    store: Store
    work: Work
    clock: Clock

    async def find(self, actor: Member, name: str) -> Server:
        """The server, for who may see it; its list is `server.packages`.

        Raises:
            UserError: if there is none.
        """
        return await self.servers.status(actor, name)

    async def add(self, actor: Member, name: str, words: Sequence[str], key: str) -> Server:
        """Begin to install; a package that is on the list already gets the new version.

        Raises:
            UserError: if it isn't the person's, doesn't run, or a word is no package.
        """
        server = await self._changeable(actor, name)
        new = [checked_requirement(word) for word in words]
        names = {name_of(each) for each in new}
        kept = [each for each in server.packages.split() if name_of(each) not in names]
        if len(kept) + len(new) > MOST:
            raise UserError(
                _("A server's list takes {most} packages. Remove some of it first.", most=MOST)
            )
        return await self._set(actor, server, [*kept, *new], key)

    async def remove(self, actor: Member, name: str, words: Sequence[str], key: str) -> Server:
        """Begin to remove what was added.

        Raises:
            UserError: as `add`, or if one is not on the list.
        """
        server = await self._changeable(actor, name)
        listed = {name_of(each): each for each in server.packages.split()}
        for word in words:
            if listed.pop(name_of(checked_requirement(word)), None) is None:
                raise UserError(
                    _(
                        "`{package}` is not on the list of `{name}`, so nothing was done. "
                        "`packages {name}` shows the list.",
                        package=shortened(word),
                        name=server.name,
                    )
                )
        return await self._set(actor, server, list(listed.values()), key)

    async def _changeable(self, actor: Member, name: str) -> Server:
        found = await self.servers.status(actor, name)
        server = await self.servers.get(actor, found.id, Right.CHANGE_PACKAGES)
        if server.status is not Status.RUNNING:
            raise UserError(
                _(
                    "`{name}` is {state}. Packages are installed on its machine, so ask again "
                    "when it runs.",
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
            server.id, server.generation, event, packages=" ".join(wanted)
        )
        if changed is None:
            raise has_just_changed(server)
        await self.work.begin(Job.PACKAGES, changed, key)
        return changed


@dataclass(frozen=True)
class PackageWork:
    """The engine's side: the machine is brought to the list, or the list back to the machine."""

    host: Host
    notifier: Notifier
    store: Store
    clock: Clock
    access: Callable[[Server], Awaitable[HostAccess]]

    def workflow(self) -> Workflow:
        """One step, since its messages belong together."""
        step = Step("install", self.install, patience=PATIENCE)
        return Workflow(Job.PACKAGES, (step,), on_failure=self.give_up)

    async def install(self, server: Server) -> None:
        """What is wanted now; the owner sees when it begins and how it ends."""
        if server.status is not Status.RUNNING:
            return
        place = await self.notifier.show_packages(server)
        try:
            await self.host.set_packages(await self.access(server), server.packages.split())
        except PermanentError as error:
            await self.give_up(server, error.code, error.reason)
            await self.notifier.show_packages(server, error.reason, place)
            return
        await self.store.update(server.id, server.generation, packages_applied=server.packages)
        await self.notifier.show_packages(server, "", place)

    async def give_up(self, server: Server, code: str, _reason: str) -> None:
        """The list says again what is on the machine."""
        event = Event(self.clock.now(), ENGINE, "packages", server.id, code, server.packages)
        await self.store.update(
            server.id, server.generation, event, packages=server.packages_applied
        )

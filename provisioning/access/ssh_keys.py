"""The use cases of a member's SSH keys, which work on each server that the member may use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member, MemberKey
from provisioning.core.model.server import Job, Server
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import MemberKeyStore

MOST_KEYS = 10


@dataclass(frozen=True)
class PublicKey:
    """A stored key. `line` is "algorithm base64"; `name` is the key's comment or ""."""

    line: str
    fingerprint: str
    name: str


ReadKeys = Callable[[str], Sequence[PublicKey | UserError]]


@dataclass(frozen=True)
class OwnKeys:
    """Add, list and remove keys.

    `read` returns the keys of a paste; of several, a refused one is an error in its place. It
    raises `UserError` if there is none to take.
    """

    keys: MemberKeyStore
    work: Work
    clock: Clock
    read: ReadKeys

    async def list(self, actor: Member) -> Sequence[MemberKey]:
        """Return the member's keys, oldest first."""
        return await self.keys.member_keys([actor.id])

    async def add(
        self, actor: Member, text: str
    ) -> tuple[Sequence[MemberKey], Sequence[UserError]]:
        """Store the keys of a paste, which give the member access from now on.

        Returns the added keys, and for each other one why it was not added.

        Raises:
            UserError: if no key was added: the text has no usable public key, the member has the
                key already, or has as many keys as possible.
        """
        added: list[MemberKey] = []
        refused: list[UserError] = []
        for key in self.read(text):
            try:
                added.append(await self._add(actor, key))
            except UserError as error:
                refused.append(error)
        if not added:
            raise UserError("\n".join(error.message for error in refused))
        return added, refused

    async def _add(self, actor: Member, key: PublicKey | UserError) -> MemberKey:
        if isinstance(key, UserError):
            raise key
        known = await self.list(actor)
        if any(each.fingerprint == key.fingerprint for each in known):
            raise UserError(_("You have already added that key: `{key}`.", key=key.fingerprint))
        if len(known) >= MOST_KEYS:
            raise UserError(
                _(
                    "You have {most} keys, and more are not possible. Remove a key that you no "
                    "longer use: `keys list` shows them.",
                    most=MOST_KEYS,
                )
            )
        now = self.clock.now()
        added = MemberKey(actor.id, key.fingerprint, key.line, key.name, now)
        event = Event(now, actor.id, "key added", None, "accepted", key.fingerprint)
        await self._update_machines(await self.keys.add_key(added, event))
        return added

    async def remove(self, actor: Member, which: str) -> MemberKey:
        """End the access by a key, its open sessions included.

        `which` is the key's number in the list, its fingerprint or its name.

        Raises:
            UserError: if no key or more than one matches.
        """
        known = await self.list(actor)
        found = [
            each
            for number, each in enumerate(known, start=1)
            if which in (str(number), each.fingerprint, each.name)
        ]
        if len(found) != 1:
            raise UserError(
                _("No single key matches that. Give the number of a key: `keys list` shows them.")
            )
        event = Event(
            self.clock.now(), actor.id, "key removed", None, "accepted", found[0].fingerprint
        )
        await self._update_machines(
            await self.keys.remove_key(actor.id, found[0].fingerprint, event)
        )
        return found[0]

    async def _update_machines(self, servers: Sequence[Server] | None) -> None:
        for server in servers or ():
            await self.work.begin(Job.PEOPLE, server, f"version-{server.access_list.version}")

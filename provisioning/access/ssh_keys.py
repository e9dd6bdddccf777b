"""The use cases of a person's own SSH keys: they let the person in on each server they may use."""

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
    """A key as it is kept: `line` is "algorithm base64"; `name` its comment, which may be empty."""

    line: str
    fingerprint: str
    name: str


@dataclass(frozen=True)
class OwnKeys:
    """Add, list and remove. `read`: a typed line as a key, or `UserError`."""

    keys: MemberKeyStore
    work: Work
    clock: Clock
    read: Callable[[str], PublicKey]

    async def list(self, actor: Member) -> Sequence[MemberKey]:
        """The person's keys, oldest first."""
        return await self.keys.member_keys([actor.id])

    async def add(self, actor: Member, text: str) -> MemberKey:
        """Let the person in by this key from now on.

        Raises:
            UserError: if it is no good public key, known already, or one too many.
        """
        key = self.read(text)
        known = await self.list(actor)
        if any(each.fingerprint == key.fingerprint for each in known):
            raise UserError(_("You have that key already: `{key}`.", key=key.fingerprint))
        if len(known) >= MOST_KEYS:
            raise UserError(
                _(
                    "You have {most} keys, which is the most. Remove one that you don't use any "
                    "more: `keys list` shows them.",
                    most=MOST_KEYS,
                )
            )
        now = self.clock.now()
        added = MemberKey(actor.id, key.fingerprint, key.line, key.name, now)
        event = Event(now, actor.id, "key added", None, "accepted", key.fingerprint)
        await self._tell(await self.keys.add_key(added, event))
        return added

    async def remove(self, actor: Member, which: str) -> MemberKey:
        """End access by a key, sessions that are open by it included. `which`: its number in
        the list, its fingerprint, or its name.

        Raises:
            UserError: if there is none, or several are called that.
        """
        known = await self.list(actor)
        found = [
            each
            for number, each in enumerate(known, start=1)
            if which in (str(number), each.fingerprint, each.name)
        ]
        if len(found) != 1:
            raise UserError(
                _("Which one? Give the number of one of your keys: `keys list` shows them.")
            )
        event = Event(
            self.clock.now(), actor.id, "key removed", None, "accepted", found[0].fingerprint
        )
        await self._tell(await self.keys.remove_key(actor.id, found[0].fingerprint, event))
        return found[0]

    async def _tell(self, servers: Sequence[Server] | None) -> None:
        for server in servers or ():
            await self.work.begin(Job.PEOPLE, server, f"version-{server.access_list.version}")

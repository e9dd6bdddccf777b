"""The installation's record: where its servers are, and with which keys they were made.

The database keeps it, so that a bot with other settings does not take its servers for removed, or
their machines for an attacker's. The texts are for the command line, in English.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from provisioning.access.installation_keys import KEYS_DIR, LOST, InstallationKeys
from provisioning.core.errors import UserError
from provisioning.core.model.events import Event
from provisioning.core.model.machine import Absence
from provisioning.core.model.server import PasswordHidden, Server, Status
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore

_NAMED = 5
"""Most servers that a text names."""


@dataclass(frozen=True)
class Place:
    """Where an installation's servers are. Azure ignores the case of these names."""

    subscription: str
    resource_group: str
    installation: str

    def __str__(self) -> str:
        return (
            f"resource group {self.resource_group} of subscription {self.subscription or '(none)'} "
            f"(installation {self.installation})"
        )

    def differences(self, settings: "Place") -> Sequence[str]:
        """Return the settings that name another place, with the values of this one."""
        pairs = (
            ("AZURE__SUBSCRIPTION_ID", self.subscription, settings.subscription),
            ("AZURE__RESOURCE_GROUP", self.resource_group, settings.resource_group),
            ("INSTALLATION", self.installation, settings.installation),
        )
        return [
            f"NOTEBOOK_BOT_{name}={mine}"
            for name, mine, other in pairs
            if mine.casefold() != other.casefold()
        ]


@dataclass(frozen=True)
class Recorded:
    """The record. `keys` is the keys' fingerprint."""

    place: Place
    keys: str
    first_seen_at: datetime
    last_seen_at: datetime


class InstallationStore(Protocol):
    """Where the record is kept."""

    async def read(self) -> Recorded | None:
        """Return the record; None in a database that no bot has served since it exists."""
        ...

    async def write(self, recorded: Recorded) -> None:
        """Replace the record."""
        ...


@dataclass(frozen=True)
class Installation:
    """This bot's place and keys, compared with those of the database's servers."""

    records: InstallationStore
    servers: ServerStore
    keys: InstallationKeys
    place: Place
    clock: Clock

    async def check(self) -> None:
        """Refuse a place or keys that are not those of the servers. Changes nothing.

        Raises:
            UserError: with the settings to set back, and the command for those who mean it.
        """
        recorded, servers = await self.records.read(), await self._servers()
        self._check_place(recorded, servers)
        self._check_keys(recorded, servers)

    def _check_place(self, recorded: Recorded | None, servers: Sequence[Server]) -> None:
        different = recorded.place.differences(self.place) if recorded else ()
        if recorded is None or not servers or not different:
            return
        raise UserError(
            f"The database has {_counted(servers)} in {recorded.place}, but the settings name "
            f"{self.place}. Nothing in Azure was changed. Set {' and '.join(different)} again. "
            "If these servers are to stay behind, run `notebook-bot new-place` first: it says "
            "what that means."
        )

    def _check_keys(self, recorded: Recorded | None, servers: Sequence[Server]) -> None:
        if not servers or (recorded is None and self.keys.exist):
            return
        if recorded is not None and self.keys.exist and recorded.keys == self.keys.fingerprint:
            return
        what = "are not those of its servers" if self.keys.exist else "are missing"
        raise UserError(
            f"The bot's keys in {self.keys.folder} {what}. The database has {_counted(servers)} "
            "that were made with the earlier keys and can't be reached without them. Nothing was "
            f"changed. Restore the folder from a backup, or set {KEYS_DIR} to the right one. If "
            "the keys are lost, run `notebook-bot new-keys` first: it says what that means."
        )

    async def record(self) -> None:
        """Write the present place and keys down; missing keys are generated."""
        now, recorded = self.clock.now(), await self.records.read()
        first = recorded.first_seen_at if recorded else now
        await self.records.write(Recorded(self.place, self.keys.fingerprint, first, now))

    async def leave_servers(self, actor: str) -> Sequence[Server]:
        """Record the settings' place; the live servers become missing. Return those.

        The next comparison brings back each server that Azure shows in the new place.
        """
        now, left = self.clock.now(), []
        for server in await self.servers.list_servers():
            changed = await self.servers.update(
                server.id,
                server.generation,
                Event(now, actor, "missing", server.id, "accepted", f"new place: {self.place}"),
                generation=server.generation + 1,
                status=Status.MISSING,
                absence=server.absence or Absence(now, 0),
                password=PasswordHidden(),
            )
            left += [changed] if changed else []
        recorded, first = await self.records.read(), now
        if recorded is not None:
            await self.records.write(replace(recorded, place=self.place, last_seen_at=first))
        return left

    async def give_keys_up(self, actor: str) -> Sequence[Server]:
        """Record the keys of the folder, and generate missing ones; return the live servers.

        The servers are marked, so that the bot does not take them for an attacker's.
        """
        now, left = self.clock.now(), []
        for server in await self.servers.list_servers():
            event = Event(now, actor, "new_keys", server.id, "accepted", server.name)
            changed = await self.servers.update(
                server.id, server.generation, event, host_key_generation=LOST
            )
            left += [changed] if changed else []
        await self.record()
        return left

    async def _servers(self) -> Sequence[Server]:
        return [*await self.servers.list_servers(), *await self.servers.kept_copies()]


def _counted(servers: Sequence[Server]) -> str:
    names = ", ".join(each.name for each in servers[:_NAMED])
    more = ", ..." if len(servers) > _NAMED else ""
    return f"{len(servers)} server{'' if len(servers) == 1 else 's'} ({names}{more})"

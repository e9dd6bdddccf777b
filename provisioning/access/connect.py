"""The use case of coming in by a program of one's own: a Jupyter client, or SSH."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from provisioning.access.machine_access import Reach
from provisioning.access.rights import Right, Rights, ServerRef
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.server import Server, Status
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import AuditTrail, MemberKeyStore
from provisioning.platforms.catalogue import get_platform

LINK_LIFE = timedelta(minutes=15)
"""How long a link waits for its first use."""
_TOKEN_BYTES = 32


@dataclass(frozen=True)
class SshEntry:
    """What an SSH client needs: where, as whom, and the host key (one line of OpenSSH's format).
    `is_due`: the machine is being told of the person's keys."""

    hostname: str
    port: int
    user: str
    host_public_key: str
    is_due: bool


@dataclass(frozen=True)
class Connection:
    """A fresh way in: the address with its one-time link, to be used first before `use_until`;
    `ssh` is None where there is none, and `why_no_ssh` says why."""

    server: Server
    link: str = field(repr=False)
    use_until: datetime
    ssh: SshEntry | None
    why_no_ssh: str = ""


@dataclass(frozen=True)
class Connecting:
    """Over the servers that a person may use, and the machines. A link's token is made here
    and leaves with the answer: the machine gets its hash, the store nothing."""

    rights: Rights
    keys: MemberKeyStore
    audit: AuditTrail
    host: Host
    reach: Reach
    clock: Clock

    async def connect(self, actor: Member, ref: ServerRef) -> Connection:
        """Make a fresh connection; the member's older link ends.

        Raises:
            UserError: if there is no such server for them, or it doesn't run, or its machine
                has not let them in yet.
            NotYet: if its machine can't be reached now.
        """
        server = await self.rights.find(actor, ref, Right.HAVE_PASSWORD)
        if server.status is not Status.RUNNING or not server.address:
            raise UserError(
                _(
                    "`{name}` does not run, and only a running server can be connected to. Ask "
                    "again when it runs.",
                    name=server.name,
                )
            )
        now = self.clock.now()
        token, use_until = secrets.token_urlsafe(_TOKEN_BYTES), now + LINK_LIFE
        digest = hashlib.sha256(token.encode()).hexdigest()
        access = self.reach.access(server)
        if not await self.host.give_link(access, actor, digest, use_until):
            raise UserError(
                _(
                    "`{name}` does not know you yet. `password {name}` sends you a one-time "
                    "password; ask for the connection after that.",
                    name=server.name,
                )
            )
        await self.audit.record(Event(now, actor.id, "connect", server.id, "ok", server.name))
        ssh, why_not = await self._ssh(actor, server, access.host_public_key)
        return Connection(server, f"{server.url}?token={token}", use_until, ssh, why_not)

    async def _ssh(
        self, actor: Member, server: Server, host_key: str
    ) -> tuple[SshEntry | None, str]:
        platform = get_platform(server.platform)
        if platform.os == "windows":
            return None, _("SSH is for the bot alone on Windows servers.")
        if not await self.keys.member_keys([actor.id]):
            return None, _("To come in by SSH too, give me your public key: `keys add`.")
        hostname = urlsplit(server.url).hostname or server.address
        port = self.reach.layout.ssh_port
        entry = SshEntry(
            hostname, port, platform.notebook_user, host_key, server.access_list.is_due
        )
        return entry, ""

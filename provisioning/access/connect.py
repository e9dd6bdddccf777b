"""The use case of a connection from a program of the member's: a Jupyter client, or SSH."""

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
"""Time in which a link must be used first."""
_TOKEN_BYTES = 32


@dataclass(frozen=True)
class SshEntry:
    """What an SSH client needs: host, port, user and the host key (a line in OpenSSH's format).

    `is_due`: the machine does not have the member's keys yet, but gets them now.
    """

    hostname: str
    port: int
    user: str
    host_public_key: str
    is_due: bool


@dataclass(frozen=True)
class Connection:
    """A new connection: a one-time link that must be used first before `use_until`, and SSH.

    `ssh` is None where SSH is not possible; `why_no_ssh` is the reason.
    """

    server: Server
    link: str = field(repr=False)
    use_until: datetime
    ssh: SshEntry | None
    why_no_ssh: str = ""


@dataclass(frozen=True)
class Connecting:
    """Connections to the servers that a member may use.

    A link's token is generated here and only returned: the machine gets its hash, and the
    database nothing.
    """

    rights: Rights
    keys: MemberKeyStore
    audit: AuditTrail
    host: Host
    reach: Reach
    clock: Clock

    async def connect(self, actor: Member, ref: ServerRef) -> Connection:
        """Return a new connection; the member's earlier link stops working.

        Raises:
            UserError: if the member may not use the server, the server does not run, or the
                member has no password on its machine yet.
            NotYet: if its machine can't be reached now.
        """
        server = await self.rights.find(actor, ref, Right.HAVE_PASSWORD)
        if server.status is not Status.RUNNING or not server.address:
            raise UserError(
                _(
                    "`{name}` is not running, so you can't connect to it. Try again when it runs.",
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
                    "You have no password on `{name}` yet. `password {name}` sends you a "
                    "one-time password. Connect after that.",
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
            return None, _("SSH to a Windows server is not possible.")
        if not await self.keys.member_keys([actor.id]):
            return None, _("To connect by SSH as well, add your public key with `keys add`.")
        hostname = urlsplit(server.url).hostname or server.address
        port = self.reach.layout.ssh_port
        entry = SshEntry(
            hostname, port, platform.notebook_user, host_key, server.access_list.is_due
        )
        return entry, ""

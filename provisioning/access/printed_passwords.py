"""A one-time password that an admin gets at the command line, while Slack can't take a DM."""

from dataclasses import dataclass
from datetime import datetime

from provisioning.access.machine_access import Reach
from provisioning.access.passwords import generate_password, planted
from provisioning.access.rights import has_just_changed, is_closed
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.policy import Policy
from provisioning.core.model.server import CardPassword, Server, Status, state_word
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.host import Host
from provisioning.core.ports.store import AuditTrail, ServerStore


@dataclass(frozen=True)
class PrintedPasswords:
    """Passwords of owners that are returned instead of sent. The clear text is stored nowhere."""

    store: ServerStore
    audit: AuditTrail
    host: Host
    reach: Reach
    clock: Clock
    policy: Policy

    async def give(self, server: Server, actor: str) -> tuple[str, datetime]:
        """Plant a new one-time password of the owner's; return it, and the end of its validity.

        Raises:
            UserError: if the server does not run, or is closed because its owner has left.
            NotYet, PermanentError: if the machine can't be reached.
        """
        if server.closed_at is not None:
            raise is_closed(server)
        if server.status is not Status.RUNNING:
            raise UserError(
                _(
                    "`{name}` has no use for a password now. Its state is: {state}.",
                    name=server.name,
                    state=state_word(server.status),
                )
            )
        now = self.clock.now()
        until = now + self.policy.password_ttl
        password = generate_password()
        owner = Member(server.owner, server.owner_name)
        access = self.reach.access(server)
        await self.host.plant_password(access, owner, await planted(password), until)
        event = Event(now, actor, "password", server.id, "ok", "printed")
        changed = await self.store.update(
            server.id, server.generation, event, password=CardPassword(until)
        )
        if changed is None:
            raise has_just_changed(server)
        return password, until

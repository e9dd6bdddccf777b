"""The ends of an access list that could not be applied, and of a password that could not be sent.

Nothing is left to clean up: `Engine.recover` begins an access list again until the machine has it.
"""

from dataclasses import dataclass

from provisioning.core.language import N_
from provisioning.core.model.server import Failure, Job, PasswordHidden, Server, Status
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import ServerStore
from provisioning.workflows.durable.endings import FailedStep, OnFailure, Rows

NOT_APPLIED = "PeopleNotTold"
"""The failure code of a server whose machine does not have its access list."""


def is_not_applied(server: Server) -> bool:
    """Return whether the server's last failure is that of its access list."""
    return server.failure is not None and server.failure.code == NOT_APPLIED


def not_sent(failed: FailedStep) -> Failure:
    """Return the failure of a one-time password that could not be made or sent."""
    text = N_(
        "A new one-time password could not be sent: {reason} Your own password stays valid.",
        reason=failed.reason,
    )
    return Failure(text, failed.code, Job.PASSWORD)


@dataclass(frozen=True)
class FailedPeople:
    """The end of the workflows of access lists and passwords."""

    store: ServerStore
    clock: Clock

    def of_people(self) -> OnFailure:
        """Return what follows an access list that could not be applied."""
        return OnFailure(self.settle_people, repeats=True, alarming=frozenset({"admit"}))

    def of_password(self) -> OnFailure:
        """Return what follows a password that could not be made or sent."""
        return OnFailure(self.settle_password)

    async def settle_people(self, server: Server, failed: FailedStep) -> None:
        """Write that the access list, and so the end of an access, was not applied."""
        if failed.name == "invite":
            await self.settle_password(server, failed)
            return
        text = N_(
            "Its access list could not be applied: {reason} Until it is applied, members without "
            "access can still use the server. To be safe, stop the server, and tell an admin.",
            reason=failed.reason,
        )
        rows = Rows(self.store, self.clock)
        await rows.settle(server, server.status, Failure(text, NOT_APPLIED, Job.PEOPLE))

    async def settle_password(self, server: Server, failed: FailedStep) -> None:
        """Write the reason; the card no longer shows a password that the machine may not have."""
        rows = Rows(self.store, self.clock)
        if server.status is Status.RUNNING:
            hidden = PasswordHidden()
            await rows.settle(server, server.status, not_sent(failed), password=hidden)

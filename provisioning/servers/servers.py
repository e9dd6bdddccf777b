"""The use cases of a server's life: list, stop, start, restart, delete, and a new password.

Each use case checks the actor's rights, writes one transaction (the server's row and its audit
event) and hands the work to the engine. It trusts no button. Another member's server is answered as
if it did not exist. Nothing in this module waits for a cloud.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from provisioning.access.rights import Right, Rights, ServerId, ServerRef, has_just_changed
from provisioning.access.sharing import Sharing
from provisioning.core.errors import UserError
from provisioning.core.language import N_, Text, _
from provisioning.core.model.events import Event
from provisioning.core.model.people import Member
from provisioning.core.model.policy import Policy
from provisioning.core.model.server import (
    Job,
    Server,
    Snapshot,
    Status,
    state_word,
)
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import AuditTrail, ServerStore, ShareStore
from provisioning.servers.choices import choose_state
from provisioning.servers.transitions import (
    DELETE,
    DELETE_WITH_COPY,
    REPAIR_RUNNING,
    REPAIR_STOPPED,
    RESTART,
    START,
    STOP,
    UNDER_REPAIR,
    Transition,
    Transitions,
)
from provisioning.servers.undo import Undo

FAILED_STAY_LISTED = timedelta(days=1)

_PASSWORD_HINTS = {
    Status.CREATING: N_("You get the first one by DM as soon as the server is ready."),
    Status.STOPPING: N_("Wait until it has stopped, start it, and try again."),
    Status.STOPPED: N_("Start it and try again. Your own password stays valid."),
    Status.MISSING: N_("Its card in our DM says what is left of it."),
}


_COMING_UP = (Status.STARTING, Status.RESTARTING, Status.RESTORING)
"""The states that end with a running server, which then gets the requested password."""


class NoPasswordYetError(UserError):
    """A request for a password of a server that does not run. `server` is as it is now."""

    def __init__(self, message: str, server: Server) -> None:
        super().__init__(message)
        self.server = server


class Servers:
    """List, start, stop, restart and delete servers, and send one-time passwords."""

    def __init__(
        self,
        store: ServerStore,
        shares: ShareStore,
        audit: AuditTrail,
        rights: Rights,
        undo: Undo,
        sharing: Sharing,
        work: Work,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._store = store
        self._shares = shares
        self._audit = audit
        self._rights = rights
        self._undo = undo
        self._sharing = sharing
        self._work = work
        self._clock = clock
        self._policy = policy

    async def list(self, actor: Member, status: str | None = None) -> Sequence[Server]:
        """Return the actor's servers, oldest first, then those shared with the actor.

        Failed servers are listed for a day, deleted ones as long as they can be restored, and both
        as long as something of them may cost money.
        `status` is a state to filter by.

        Raises:
            UserError: if there is no such state.
        """
        wanted = choose_state(status)
        since = self._clock.now() - FAILED_STAY_LISTED
        found = [
            *await self._store.list_servers(actor.id, failed_since=since),
            *await self._shares.shared_with(actor.id),
            *await self._undo.possible(actor),
        ]
        listed = {server.id for server in found}
        found += [
            server
            for server in await self._store.with_remains()
            if server.owner == actor.id and server.id not in listed
        ]
        return [server for server in found if wanted in (None, server.status)]

    async def check_delete(self, actor: Member, ref: ServerRef) -> Server:
        """Return the server, if the actor could delete it now.

        Raises:
            UserError: as `delete` does.
        """
        server = await self._rights.find(actor, ref, Right.DELETE)
        if not server.has_leftovers:
            DELETE.check(server)
        return server

    async def delete(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to delete a server, also in the middle of its creation.

        Of an ended server the leftovers in the cloud are deleted, if there are any.

        Raises:
            UserError: if the actor is not the owner, or the server is deleting or deleted.
        """
        server = await self._rights.find(actor, ref, Right.DELETE)
        if server.has_leftovers:
            now = self._clock.now()
            await self._audit.record(Event(now, actor.id, Job.CLEAN_UP, server.id, "accepted"))
            await self._work.begin(Job.CLEAN_UP, server, secrets.token_hex(8))
            return server
        return await self._change(actor, ref, DELETE, snapshot=None)

    @property
    def copies_kept(self) -> timedelta:
        """Retention of a deleted server's snapshot; 0 if snapshots are not kept here."""
        return self._policy.copies_kept

    async def delete_with_copy(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to delete a server and keep a snapshot, from which it can be restored.

        Raises:
            UserError: as `delete` does; if the server is creating, or snapshots are not kept here.
        """
        if not self._policy.copies_kept:
            raise UserError(
                _(
                    "Snapshots of deleted servers are not kept here, so nothing was done. `delete` "
                    "deletes the server for good."
                )
            )
        return await self._change(
            actor,
            ref,
            DELETE_WITH_COPY,
            snapshot=Snapshot(secrets.token_hex(4), self._clock.now() + self._policy.copies_kept),
        )

    async def stop(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to deallocate a running server; its disk and notebooks stay.

        Raises:
            UserError: if the actor is not the owner, or the server is not running.
        """
        return await self._change(actor, ref, STOP)

    async def start(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to start a stopped server.

        Raises:
            UserError: if the actor is not the owner, or the server is not stopped.
        """
        return await self._change(actor, ref, START)

    async def restart(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to restart a running server.

        Raises:
            UserError: if the actor is not the owner, or the server is not running.
        """
        return await self._change(actor, ref, RESTART)

    async def repair(self, actor: Member, ref: ServerRef) -> Server:
        """Begin to repair a server; a stopped one is started for that.

        Raises:
            UserError: if the actor is not the owner, or the server is neither running nor stopped.
        """
        server = await self._rights.find(actor, ref, Right.REPAIR)
        is_stopped = server.status is Status.STOPPED
        transition = REPAIR_STOPPED if is_stopped else REPAIR_RUNNING
        return await self._change(actor, ref, transition, failure=UNDER_REPAIR)

    async def _change(
        self, actor: Member, ref: ServerRef, transition: Transition, **changes: object
    ) -> Server:
        right = Right.DELETE if transition.to is Status.DELETING else Right(transition.job)
        server = await self._rights.find(actor, ref, right)
        transition.check(server)
        transitions = Transitions(self._store, self._work, self._clock)
        changed = await transitions.begin(server, transition, actor.id, **changes)
        if changed is None:  # a second click was faster
            transition.check(await self._rights.find(actor, ServerId(server.id), right))
            raise has_just_changed(server)
        return changed

    async def reset_password(self, actor: Member, ref: ServerRef, request_key: str) -> Server:
        """Begin to send a new one-time password, which replaces any earlier one.

        Each `request_key` (the Slack trigger) takes effect once.

        Raises:
            UserError: if the actor may not use the server.
            NoPasswordYetError: if the server neither runs nor will run soon.
        """
        server = await self._rights.find(actor, ref, Right.HAVE_PASSWORD)
        if server.status not in (Status.RUNNING, *_COMING_UP):
            text = _(
                "You can get a new password for `{name}` only while it runs. Its state is: "
                "{state}. {hint}",
                name=server.name,
                state=state_word(server.status),
                hint=_password_hint(actor, server),
            )
            raise NoPasswordYetError(text, server)
        if server.owner != actor.id:
            return await self._sharing.want_password(actor, server, request_key)
        now = self._clock.now()
        await self._audit.record(Event(now, actor.id, "password", server.id, "accepted"))
        await self._work.begin(Job.PASSWORD, server, request_key)
        return server


def _password_hint(actor: Member, server: Server) -> Text:
    """Return what the member does next to get a password of a server that does not run."""
    if server.status is Status.STOPPED and server.owner != actor.id:
        return N_("Ask <@{owner}> to start it. Your own password stays valid.", owner=server.owner)
    return _PASSWORD_HINTS.get(server.status, N_("Create a new server with `create`."))

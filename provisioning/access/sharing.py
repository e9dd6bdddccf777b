"""The use cases of sharing: who else may come into a server, and whose it is.

Each one is one transaction; the machine and the people are told by the engine, at once where
the server runs and at its next start where it is off.
"""

from collections.abc import Sequence

from provisioning.access.rights import Right, Rights, ServerRef
from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Allow, Load, listed_reasons, load_of
from provisioning.core.model.people import Member, Share
from provisioning.core.model.policy import Policy
from provisioning.core.model.server import Job, Server, Status, has_just_changed, state_word
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import OwnLimitStore, ShareStore

_NOT_SHARED_ANY_MORE = (Status.DELETING, Status.DELETED, Status.FAILED)
_TRANSFERABLE = (Status.RUNNING, Status.STOPPED)


class Sharing:
    """Share, unshare and transfer, for whoever may."""

    def __init__(
        self,
        shares: ShareStore,
        limits: OwnLimitStore,
        rights: Rights,
        work: Work,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._shares = shares
        self._limits = limits
        self._rights = rights
        self._work = work
        self._clock = clock
        self._policy = policy

    async def shares(self, actor: Member, ref: ServerRef) -> Sequence[Share]:
        """With whom a server is shared now, for who may see it, oldest first.

        Raises:
            UserError: if it isn't the person's and not shared with them.
        """
        server = await self._rights.find(actor, ref, Right.SEE)
        return [each for each in await self._shares.shares(server.id) if each.ended_at is None]

    async def share(self, actor: Member, ref: ServerRef, person: Member) -> Server:
        """Let a person use a server, with a one-time password of their own by DM.

        Raises:
            UserError: if it isn't the actor's, is gone, or is shared with that person.
        """
        server = await self._rights.find(actor, ref, Right.SHARE)
        if person.id == actor.id:
            raise _yours_already(server)
        if server.status in _NOT_SHARED_ANY_MORE:
            raise UserError(
                _(
                    "`{name}` is {state}, so there is nothing to share.",
                    name=server.name,
                    state=state_word(server.status),
                )
            )
        share = Share(server.id, person.id, person.name or person.id, self._clock.now())
        changed = await self._shares.add_share(share, self._event(actor, "share", server, person))
        if changed is None:
            raise UserError(
                _(
                    "`{name}` is shared with <@{person}> already. They get another one-time "
                    "password by `password {name}`.",
                    name=server.name,
                    person=person.id,
                )
            )
        return await self._begin(changed)

    async def unshare(self, actor: Member, ref: ServerRef, person: Member) -> Server:
        """End a person's access to a server: password, sessions, open websockets.

        Raises:
            UserError: if it isn't the actor's, or not shared with that person.
        """
        server = await self._rights.find(actor, ref, Right.SHARE)
        changed = await self._shares.end_share(
            server.id, person.id, self._clock.now(), self._event(actor, "unshare", server, person)
        )
        if changed is None:
            raise UserError(
                _(
                    "`{name}` is not shared with <@{person}>. `status {name}` shows with whom it "
                    "is.",
                    name=server.name,
                    person=person.id,
                )
            )
        return await self._begin(changed)

    async def check_transfer(self, actor: Member, ref: ServerRef, person: Member) -> Server:
        """The server, if it could be given to that person now.

        Raises:
            UserError: if it isn't the actor's, is not in a state for it, or the person has no
                room for it within their limits.
        """
        server = await self._rights.find(actor, ref, Right.TRANSFER)
        if person.id == actor.id:
            raise _yours_already(server)
        if server.status not in _TRANSFERABLE:
            raise UserError(
                _(
                    "`{name}` is {state}, and only a running or a stopped server can be "
                    "transferred. Try again when it is.",
                    name=server.name,
                    state=state_word(server.status),
                )
            )
        allow = await self._allow(server, person)
        has = (await self._limits.load()).get(person.id, Load())
        allow(has + load_of(server.size, server.price_per_hour), Load())
        return server

    async def _allow(self, server: Server, person: Member) -> Allow:
        """What the transaction asks that gives a server to that person."""
        own = await self._limits.own_limits_of(person.id)
        limits = self._policy.member_limits.with_own(own)

        def allow(theirs: Load, _everybodys: Load) -> None:
            reasons = limits.excesses(theirs, server)
            if reasons:
                raise UserError(
                    _(
                        "That is more than <@{person}> may have: {reasons}. Ask them to delete a "
                        "server, or your admin for a higher limit.",
                        person=person.id,
                        reasons=listed_reasons(reasons),
                    )
                )

        return allow

    async def transfer(self, actor: Member, ref: ServerRef, person: Member) -> Server:
        """Give a server to another person; the actor loses access.

        Raises:
            UserError: as `check_transfer`.
        """
        server = await self.check_transfer(actor, ref, person)
        event = self._event(actor, "transfer", server, person)
        allow = await self._allow(server, person)
        changed = await self._shares.transfer(server, person, self._clock.now(), event, allow)
        if changed is None:  # a second click was faster
            raise has_just_changed(server)
        return await self._begin(changed)

    async def want_password(self, actor: Member, server: Server, request_key: str) -> Server:
        """Begin to send a person of a share a new one-time password of their own."""
        event = self._event(actor, "password", server, actor)
        changed = await self._shares.want_password(server.id, actor.id, event)
        if changed is not None:
            await self._work.begin(Job.PEOPLE, changed, request_key)
        return changed or server

    async def _begin(self, server: Server) -> Server:
        await self._work.begin(Job.PEOPLE, server, f"version-{server.access_list.version}")
        return server

    def _event(self, actor: Member, action: str, server: Server, person: Member) -> Event:
        detail = f"{server.name} {person.id}"
        return Event(self._clock.now(), actor.id, action, server.id, "accepted", detail)


def _yours_already(server: Server) -> UserError:
    return UserError(_("`{name}` is yours already. Name somebody else.", name=server.name))

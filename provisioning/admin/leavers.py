"""Members who have left: their access ends at once, and admins decide about their servers.

A member has left if the Slack account is deactivated, or is in none of the groups that may use the
bot. Slack reports both by events. A check each minute finds what the bot missed. Nothing is ended
on an answer that Slack does not give, nor if most members seem to have left at once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from provisioning.access.rights import require_admin
from provisioning.core.model.events import ENGINE, Event
from provisioning.core.model.people import Departure, Member, Standing
from provisioning.core.model.server import Job, Server
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.store import DepartureStore, ServerStore
from provisioning.members.posted_once import PostedOnce, post_once

_DOUBT = "leavers:doubt"
_FEW = 2
"""So many members may leave at once without a doubt, unless their group is empty."""

log = structlog.get_logger(__name__)


class Directory(Protocol):
    """The workspace's accounts and groups."""

    async def standings(self, people: Collection[str]) -> Mapping[str, Standing]:
        """Return the standing of each of these people, as Slack answers now.

        One call looks up only some of the accounts; the next calls look up the others.
        """
        ...

    async def standing(self, user_id: str) -> Standing:
        """Return the standing of one person, as Slack answers now."""
        ...


class LeaverMessages(Protocol):
    """The messages about members who have left.

    All of them raise `DeliveryError` if Slack did not take a message. A second call after a crash
    posts nothing twice.
    """

    async def notify_leaver(
        self, departure: Departure, servers: Sequence[Server], now: datetime
    ) -> None:
        """Notify each admin of what has ended, with buttons for the leaver's own servers.

        A leaver whose account is active is notified too.
        """
        ...

    async def notify_back(
        self, departure: Departure, servers: Sequence[Server], now: datetime
    ) -> None:
        """Notify the member who is back how to get access again.

        Each admin gets a button that gives the closed `servers` back.
        """
        ...

    async def notify_doubt(self, people: Sequence[str], now: datetime) -> None:
        """Ask each admin whether these people have left; nothing has been ended."""
        ...


@dataclass(frozen=True)
class Leavers:
    """Finds members who have left, ends their access, and notifies the admins."""

    store: ServerStore
    departures: DepartureStore
    directory: Directory
    posted: PostedOnce
    messages: LeaverMessages
    work: Work
    clock: Clock

    async def tick(self, _scheduled_at: datetime | None = None) -> None:
        """Check everyone who has access, and everyone who has left."""
        departed = {each.member: each for each in await self.departures.departures()}
        people = await self.departures.with_access()
        standings = {
            **await self.directory.standings(people),
            **await self.directory.standings(sorted(departed.keys() - set(people))),
        }
        gone = {who: standings[who] for who in people if standings[who].is_gone}
        if doubtful := _doubtful(gone, people):
            await self._ask(doubtful)
        elif not await self.posted.unposted([_DOUBT]):
            await self.posted.forget(_DOUBT)
        for who in gone.keys() - set(doubtful):
            await self._end(who, gone[who])
        due = await self.posted.unposted([_key(each) for each in departed.values()])
        for who, departure in departed.items():
            if standings[who] is Standing.MEMBER:
                await self._back(departure)
            elif _key(departure) in due:  # a crash or a refusal of Slack came in between
                await self._notify(departure)

    async def changed(self, user_id: str, *, is_deactivated: bool) -> None:
        """End the access of an account that Slack says is deactivated; note one that is back."""
        if is_deactivated:
            await self._end(user_id, Standing.DEACTIVATED)
            return
        departed = [each for each in await self.departures.departures() if each.member == user_id]
        if departed and await self.directory.standing(user_id) is Standing.MEMBER:
            await self._back(departed[0])

    async def confirm(self, actor: Member) -> Sequence[str]:
        """End the access of all who seem to have left, as an admin confirms; return them."""
        require_admin(actor)
        people = await self.departures.with_access()
        standings = await self.directory.standings(people)
        gone = [who for who in people if standings[who].is_gone]
        for who in gone:
            await self._end(who, standings[who])
        await self.posted.forget(_DOUBT)
        return gone

    async def _end(self, member: str, cause: Standing) -> None:
        now = self.clock.now()
        event = Event(now, ENGINE, "left", None, cause, member)
        ended = await self.departures.leave(member, cause, now, event)
        if ended is None:
            return
        departure, servers = ended
        log.info("access of a leaver ended", member=member, cause=cause, servers=len(servers))
        for server in servers:
            await self.work.begin(Job.PEOPLE, server, f"version-{server.access_list.version}")
        await self._notify(departure)

    async def _notify(self, departure: Departure) -> None:
        """Notify the admins once of each departure."""
        now, servers = self.clock.now(), await self.store.list_servers(departure.member)

        async def notify() -> None:
            await self.messages.notify_leaver(departure, servers, now)

        await post_once(self.posted, _key(departure), now, notify)

    async def _back(self, departure: Departure) -> None:
        now, own = self.clock.now(), await self.store.list_servers(departure.member)
        closed = [server for server in own if server.closed_at is not None]

        async def notify() -> None:
            await self.messages.notify_back(departure, closed, now)

        key = f"{_key(departure)}:back"
        await post_once(self.posted, key, now, notify)
        if not await self.posted.unposted([key]):
            await self.departures.forget_departure(departure.member)

    async def _ask(self, people: Sequence[str]) -> None:
        now = self.clock.now()

        async def ask() -> None:
            await self.messages.notify_doubt(people, now)

        if await post_once(self.posted, _DOUBT, now, ask):
            log.warning("most members seem to have left; nothing ended", people=len(people))


def _doubtful(gone: Mapping[str, Standing], people: Collection[str]) -> Sequence[str]:
    """Return the leavers that an admin must confirm.

    A deactivated account leaves no doubt. A group that is empty does, and so do more than half of
    all members at once: the settings or the groups may be wrong.
    """
    outside = [who for who, standing in gone.items() if standing is not Standing.DEACTIVATED]
    is_empty = Standing.NO_GROUP in gone.values()
    are_most = len(outside) >= _FEW and 2 * len(outside) > len(people)
    return sorted(outside) if is_empty or are_most else []


def _key(departure: Departure) -> str:
    return f"leaver:{departure.member}:{departure.left_at:%Y%m%dT%H%M%S%f}"

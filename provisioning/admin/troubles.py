"""Troubles: what only an admin can mend. The admins hear of each once, and once when it is over."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from provisioning.core.errors import OF_ALL_SERVERS, DeliveryError, PermanentError
from provisioning.core.language import N_, Text
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import AuditTrail
from provisioning.members.posted_once import PostedOnce

_SEEN_BY_READS = frozenset(
    {
        "Certificate",
        "ResourceGroupNotFound",
        "SecretExpired",
        "SignInRefused",
        "SubscriptionNotFound",
        "TokenRefused",
    }
)
"""Codes that refuse reads too, so that a read that succeeds proves their end."""
_OF_SOME_REQUESTS = frozenset({"RegionNotAvailable", "RequestDisallowedByPolicy"})
"""Codes that refuse some requests only, so that another one that succeeds proves nothing."""
_CHANGES = frozenset({"ready", "resized"})
"""Events of the engine after which Azure has changed something for the bot."""
_QUIET = timedelta(hours=1)
"""Time without a refusal after which a change that succeeded proves the end."""
_LONG_QUIET = timedelta(days=1)
"""Time without a refusal that proves the end."""

log = structlog.get_logger(__name__)

Tick = Callable[[datetime], Awaitable[object]]


class TroubleMessages(Protocol):
    """The messages to admins about troubles."""

    async def admins(self) -> Sequence[str]:
        """Return the admins, by Slack id."""
        ...

    async def notify_trouble(self, admin: str, text: Text) -> None:
        """Send the admin what has happened, what it means and what mends it.

        Raises `DeliveryError` if Slack did not take the message.
        """
        ...

    async def notify_trouble_over(self, admin: str, text: Text) -> None:
        """Send the admin that a trouble is over.

        Raises `DeliveryError` if Slack did not take the message.
        """
        ...


@dataclass(frozen=True)
class Troubles:
    """The troubles that are on, by key. The database remembers them over restarts."""

    posted: PostedOnce
    messages: TroubleMessages
    clock: Clock

    async def begin(self, key: str, text: Text) -> bool:
        """Notify each admin who does not know of the trouble; return whether all know now.

        Each call is a sighting. An admin whose message Slack refused is notified at the next one.
        """
        await self.mark(key)
        all_know = True
        for admin in await self.messages.admins():
            mine = _key(key, admin)
            if not await self.posted.claim(mine, self.clock.now()):
                continue
            try:
                await self.messages.notify_trouble(admin, text)
            except DeliveryError as error:
                log.warning("admin not notified", trouble=key, reason=error.reason)
                await self.posted.forget(mine)
                all_know = False
            else:
                await self.posted.mark_posted(mine, self.clock.now())
        return all_know

    async def end(self, key: str, text: Text) -> None:
        """Notify each admin who knows of the trouble that it is over, and forget it."""
        if not await self.last_seen([key]):
            return
        for admin in await self.messages.admins():
            mine = _key(key, admin)
            if await self.posted.unposted([mine]):
                continue
            try:
                await self.messages.notify_trouble_over(admin, text)
            except DeliveryError as error:
                log.warning("admin not notified", trouble=key, reason=error.reason)
                return  # the next call goes on with this admin
            await self.posted.forget(mine)
        await self.posted.forget(_key(key))

    async def last_seen(self, keys: Sequence[str]) -> Mapping[str, datetime]:
        """Return when each of the troubles that are on was last seen."""
        seen = await self.posted.posted_at([_key(each) for each in keys])
        return {each: seen[_key(each)] for each in keys if _key(each) in seen}

    async def mark(self, key: str) -> None:
        """Note that the trouble is seen now, without a message."""
        now = self.clock.now()
        await self.posted.claim(_key(key), now)
        await self.posted.mark_posted(_key(key), now)

    async def forget(self, key: str) -> None:
        """Forget what `mark` noted."""
        await self.posted.forget(_key(key))


@dataclass(frozen=True)
class Refusals:
    """The troubles of the codes in `OF_ALL_SERVERS`, and those of scheduled work.

    A trouble of a code is over when a comparison with Azure succeeds that began after the latest
    refusal, and one of these holds: such a comparison was refused with this code before, or the
    code refuses every read; a server became ready since, and for an hour nothing was refused; for
    a day nothing was refused.
    """

    troubles: Troubles
    audit: AuditTrail
    clock: Clock

    async def seen(self, code: str, reason: str, *, by_reads: bool = False) -> bool:
        """Note a refusal that concerns all servers; return whether all admins know of it.

        `reason` has the remedy. `by_reads` means that the comparison with Azure was refused.
        """
        if by_reads:
            await self.troubles.mark(_by_reads(code))
        return await self.troubles.begin(
            code,
            N_(
                "Azure refuses my work (`{code}`): {reason} Until that is mended, members may not "
                "be able to create, start, stop or delete servers; each is told so. Servers that "
                "run go on running. I send one more message when it is over.",
                code=code,
                reason=reason,
            ),
        )

    async def end_mended(
        self, compared_since: datetime, shows_place: Callable[[], Awaitable[bool]]
    ) -> None:
        """After a comparison that succeeded: end the troubles that are proven to be over."""
        codes = sorted(OF_ALL_SERVERS)
        on = await self.troubles.last_seen(codes)
        if not on or not await shows_place():
            return
        by_reads = await self.troubles.last_seen([_by_reads(each) for each in on])
        for code, seen_at in on.items():
            read = code in _SEEN_BY_READS or _by_reads(code) in by_reads
            if seen_at <= compared_since and (read or await self._is_over(code, seen_at)):
                text = N_("Azure no longer refuses my work (`{code}`). It is over.", code=code)
                await self.troubles.end(code, text)
                await self.troubles.forget(_by_reads(code))

    async def _is_over(self, code: str, seen_at: datetime) -> bool:
        quiet = self.clock.now() - seen_at
        if quiet >= _LONG_QUIET:
            return True
        if quiet < _QUIET or code in _OF_SOME_REQUESTS:
            return False
        events = await self.audit.events(since=seen_at)
        return any(each.action in _CHANGES and each.at > seen_at for each in events)

    def watching(self, name: str, tick: Tick) -> Tick:
        """Return the scheduled work so that its refusal is a trouble, and no traceback."""
        key = f"tick:{name}"

        async def run(scheduled_at: datetime) -> None:
            try:
                await tick(scheduled_at)
            except PermanentError as error:
                log.warning("work refused", schedule=name, code=error.code, reason=error.reason)
                await self._refused(key, name, error)
            else:
                over = N_("My regular work `{name}` is done again.", name=name)
                await self.troubles.end(key, over)

        return run

    async def _refused(self, key: str, name: str, error: PermanentError) -> None:
        if error.code in OF_ALL_SERVERS:
            await self.seen(error.code, with_remedy(error))
            return
        text = N_(
            "My regular work `{name}` is refused (`{code}`): {reason} I try again by myself, and "
            "send one more message when it is done.",
            name=name,
            code=error.code,
            reason=with_remedy(error),
        )
        await self.troubles.begin(key, text)


def with_remedy(error: PermanentError) -> Text:
    """Return the reason with the remedy, for an admin in any language."""
    if not error.remedy:
        return Text("{reason}", {"reason": error.reason})
    return N_("{reason} {remedy}", reason=error.reason, remedy=error.remedy)


def _key(key: str, admin: str = "") -> str:
    return f"trouble:{key}:{admin}" if admin else f"trouble:{key}"


def _by_reads(code: str) -> str:
    return f"{code}:reads"

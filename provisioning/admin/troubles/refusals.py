"""The cloud's refusals that only an admin can mend, and its silence, as troubles."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from provisioning.admin.troubles.told_once import Troubles
from provisioning.core.errors import OF_ALL_SERVERS, PermanentError
from provisioning.core.language import N_, Text
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import AuditTrail

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
_SILENCE, _SILENT_SINCE = "silence", "silence:since"
_SILENT_FOR = timedelta(minutes=2)
"""Time without an answer after which the admins are notified."""
_REMEMBERED = timedelta(minutes=10)
"""Time for which a process trusts its own memory that a trouble is off."""

COMPARISON = "reads"
"""The comparison with Azure, as the work that was refused."""
CHECK_AT_START = "start"
"""The check at start, as the work that was refused."""

log = structlog.get_logger(__name__)

Tick = Callable[[datetime], Awaitable[object]]


@dataclass(frozen=True)
class Refusals:
    """The troubles of the codes in `OF_ALL_SERVERS`, of a silent cloud and of scheduled work.

    A trouble of a code is over when a comparison with Azure, or the check at start, succeeds that
    began after the latest refusal, and one of these holds: the same work, and no other, was refused
    with this code before; the code refuses every read; a server became ready since, and for an hour
    nothing was refused; for a day nothing was refused.
    """

    troubles: Troubles
    audit: AuditTrail
    clock: Clock
    _off: dict[str, datetime] = field(default_factory=dict)

    async def seen(self, code: str, reason: str, *, by: str = "") -> bool:
        """Note a refusal that concerns all servers; return whether all admins know of it.

        `reason` has the remedy. `by` is the work that was refused, `COMPARISON` or
        `CHECK_AT_START`; "" for any other.
        """
        if by:
            await self.troubles.mark(_refused_by(code, by))
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
        self, since: datetime, shows_place: Callable[[], Awaitable[bool]], *, by: str = COMPARISON
    ) -> None:
        """After work that succeeded and began at `since`: end the troubles that are proven over."""
        codes = sorted(OF_ALL_SERVERS)
        on = await self.troubles.last_seen(codes)
        if not on or not await shows_place():
            return
        refused = {each: await self._refused_by(each) for each in on}
        for code, seen_at in on.items():
            proven = code in _SEEN_BY_READS or refused[code] == {by}
            if seen_at <= since and (proven or await self._is_over(code, seen_at)):
                text = N_("Azure no longer refuses my work (`{code}`). It is over.", code=code)
                await self.troubles.end(code, text)
                for each in refused[code]:
                    await self.troubles.forget(_refused_by(code, each))

    async def _refused_by(self, code: str) -> set[str]:
        keys = {_refused_by(code, each): each for each in (COMPARISON, CHECK_AT_START)}
        return {keys[each] for each in await self.troubles.last_seen(list(keys))}

    async def _is_over(self, code: str, seen_at: datetime) -> bool:
        quiet = self.clock.now() - seen_at
        if quiet >= _LONG_QUIET:
            return True
        if quiet < _QUIET or code in _OF_SOME_REQUESTS:
            return False
        events = await self.audit.events(since=seen_at)
        return any(each.action in _CHANGES and each.at > seen_at for each in events)

    async def unanswered(self, reason: str) -> None:
        """Note that the cloud does not answer; after some minutes the admins hear of it."""
        self._off.pop(_SILENCE, None)
        since = (await self.troubles.last_seen([_SILENT_SINCE])).get(_SILENT_SINCE)
        if since is None:
            await self.troubles.mark(_SILENT_SINCE)
        elif self.clock.now() - since >= _SILENT_FOR:
            await self.troubles.begin(
                _SILENCE,
                N_(
                    "Azure has not answered me for some minutes ({reason}). Until it does, members "
                    "may not be able to create, start, stop or delete servers; each is told so. "
                    "Servers that run go on running. If it lasts, check my computer's network and "
                    "clock, and NOTEBOOK_BOT_AZURE__MANAGEMENT_URL. I try again by myself, and "
                    "send one more message when it is over.",
                    reason=reason,
                ),
            )

    async def answered(self) -> None:
        """Note that the cloud answers."""
        if self._is_known_off(_SILENCE):
            return
        await self.troubles.end(_SILENCE, N_("Azure answers again."))
        await self.troubles.forget(_SILENT_SINCE)
        self._off[_SILENCE] = self.clock.now()

    def watching(self, name: str, tick: Tick) -> Tick:
        """Return the scheduled work so that its refusal is a trouble, and no traceback."""
        key = f"tick:{name}"

        async def run(scheduled_at: datetime) -> None:
            try:
                await tick(scheduled_at)
            except PermanentError as error:
                log.warning("work refused", schedule=name, code=error.code, reason=error.reason)
                self._off.pop(key, None)
                await self._refused(key, name, error)
                return
            if self._is_known_off(key):
                return
            over = N_("My regular work `{name}` is done again.", name=name)
            await self.troubles.end(key, over)
            self._off[key] = self.clock.now()

        return run

    def _is_known_off(self, key: str) -> bool:
        """Return whether this process knows that the trouble is off.

        Another process may have begun it, so the memory holds for some minutes only.
        """
        known = self._off.get(key)
        return known is not None and timedelta() <= self.clock.now() - known < _REMEMBERED

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


def _refused_by(code: str, work: str) -> str:
    return f"{code}:{work}"

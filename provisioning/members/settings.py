"""A member's own settings, the contract of their store, and the use case that changes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol

from provisioning.core.errors import UserError
from provisioning.core.language import LANGUAGES, _, number
from provisioning.core.model.events import Event
from provisioning.core.model.hours import zone_of
from provisioning.core.model.people import Member
from provisioning.core.model.policy import IdlePolicy
from provisioning.core.ports.engine import Clock
from provisioning.core.ports.store import OwnLimitStore


@dataclass(frozen=True)
class QuietHours:
    """Hours of each day on the member's wall clock, from `since` to before `until`.

    The two differ. If `until` is earlier than `since`, the hours go over midnight.
    """

    since: time
    until: time

    def end(self, moment: datetime, zone: str) -> datetime | None:
        """Return the end (UTC) of the quiet hours around `moment`, or None outside quiet hours.

        `zone` is the member's time zone, an IANA name.
        """
        place = zone_of(zone)
        local = moment.astimezone(place)
        clock = local.time().replace(tzinfo=None)
        if self.since < self.until:
            inside, days = self.since <= clock < self.until, 0
        else:
            inside, days = clock >= self.since or clock < self.until, int(clock >= self.since)
        if not inside:
            return None
        day = local.date() + timedelta(days=days)
        return datetime.combine(day, self.until, place).astimezone(UTC)


@dataclass(frozen=True)
class MemberSettings:
    """A member's settings.

    `language` is one of `LANGUAGES`, or "" for the language of their Slack. `quiet` is None for no
    quiet hours. `idle_minutes` is the idle time of the member's servers; None: the installation's.
    """

    language: str = ""
    quiet: QuietHours | None = None
    idle_minutes: int | None = None


class MemberSettingsStore(Protocol):
    """The store of members' settings."""

    async def get(self, user_id: str) -> MemberSettings:
        """Return a member's settings, or the defaults if the member has set nothing."""
        ...

    async def idle_times(self) -> Mapping[str, timedelta]:
        """Return the idle time of each member who has set one, by Slack id."""
        ...

    async def put(self, user_id: str, settings: MemberSettings, event: Event) -> None:
        """Write the settings in one transaction with the audit event."""
        ...


async def rules_of(
    own: MemberSettingsStore, limits: OwnLimitStore, policy: IdlePolicy, owner: str
) -> IdlePolicy:
    """Return the rules by which an owner's servers stop, unless a server has its own."""
    minutes = (await own.get(owner)).idle_minutes
    set_for_them = await limits.own_limits_of(owner)
    return policy.of_server(
        "",
        None if minutes is None else timedelta(minutes=minutes),
        set_for_them.lifetime if set_for_them else None,
    )


@dataclass(frozen=True)
class Preferences:
    """The use case: a member reads and changes their own settings."""

    store: MemberSettingsStore
    clock: Clock
    policy: IdlePolicy

    async def get(self, actor: Member) -> MemberSettings:
        """Return the member's settings."""
        return await self.store.get(actor.id)

    async def put(self, actor: Member, wanted: MemberSettings) -> MemberSettings:
        """Replace all settings of the member at once.

        Raises:
            UserError: for an unknown language, quiet hours that never end, or an idle time that
                the installation does not allow.
        """
        if wanted.language and wanted.language not in LANGUAGES:
            known = ", ".join(f"`{each}`" for each in LANGUAGES)
            raise UserError(
                _("I don't speak that language. Choose `slack` or one of: {known}.", known=known),
                "language",
            )
        if wanted.quiet is not None and wanted.quiet.since == wanted.quiet.until:
            raise UserError(
                _("Quiet hours have a beginning and another end, such as `22:00-8:00`."), "until"
            )
        self._check_idle(wanted.idle_minutes)
        detail = f"language={wanted.language} quiet={wanted.quiet} idle={wanted.idle_minutes}"
        event = Event(self.clock.now(), actor.id, "settings", None, "ok", detail)
        await self.store.put(actor.id, wanted, event)
        return wanted

    def _check_idle(self, minutes: int | None) -> None:
        least, most = (round(each / timedelta(minutes=1)) for each in self.bounds())
        if minutes is not None and not least <= minutes <= most:
            raise UserError(
                _(
                    "The idle time can be from {least} to {most} minutes here. Ask your admin if "
                    "you need another one.",
                    least=number(least),
                    most=number(most),
                ),
                "idle",
            )

    def bounds(self) -> tuple[timedelta, timedelta]:
        """Return the shortest and the longest idle time that a member may choose."""
        return self.policy.at_least, self.policy.at_most

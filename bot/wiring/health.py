"""The checks of `/readyz` and the gauges of `/metrics`, from the bot's parts."""

from datetime import UTC, datetime

from croniter import croniter
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.process.health import HealthServer, UnreadyError
from bot.wiring.bot import Bot
from provisioning.core.errors import DatabaseDownError, NotYet, PermanentError

SERVERS = Gauge("notebook_bot_servers", "Servers that are not deleted, by status", ["status"])
SWEEP_AGE = Gauge("notebook_bot_sweep_age_seconds", "Since the latest tick of the cleanup")

_SWEEP = "idle-sweep"
_LATE_SECONDS = 25.0
"""Beyond the time of a tick, until it counts as late."""


def watch(server: HealthServer, bot: Bot) -> None:
    """Let the server say how this bot is."""
    health = _Health(bot)
    checks = {
        "slack": health.slack,
        "database": health.database,
        "azure": health.azure,
        "sweep": health.sweep,
    }
    server.watch(checks, health.measure)


class _Health:
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def slack(self) -> str:
        if not await self._bot.receiver.is_connected():
            raise UnreadyError("not connected")
        if await self._bot.edges.slack.messages.refused.since() is not None:
            raise UnreadyError("refuses direct messages: the app's Messages tab is off")
        return "connected"

    async def database(self) -> str:
        try:
            async with self._bot.edges.stores.database.connect() as connection:
                await connection.execute(text("select 1"))
        except (SQLAlchemyError, DatabaseDownError, OSError) as error:
            raise UnreadyError("it does not answer") from error
        return "answers"

    async def azure(self) -> str:
        """Ask for the resource group: one read, however many servers there are."""
        try:
            shown = await self._bot.edges.machines.cloud.presence.shows_place()
        except PermanentError as error:
            raise UnreadyError(f"refuses the bot ({error.code})") from error
        except NotYet as not_yet:
            raise UnreadyError("does not answer, or asks to wait") from not_yet
        if not shown:
            raise UnreadyError("does not show the resource group")
        return "answers"

    async def sweep(self) -> str:
        try:
            tick = await self._bot.engine.latest_tick(_SWEEP)
        except (SQLAlchemyError, DatabaseDownError, OSError) as error:
            raise UnreadyError("unknown: the database does not answer") from error
        now = datetime.now(UTC)
        if tick is None:
            return "not due yet"
        age = (now - tick).total_seconds()
        SWEEP_AGE.set(age)
        due = croniter(self._bot.settings.idle.sweep, tick, second_at_beginning=True)
        late = (now - due.get_next(datetime)).total_seconds()
        if late > _LATE_SECONDS:
            raise UnreadyError(f"the latest tick was {age:.0f} s ago")
        return f"the latest tick was {age:.0f} s ago"

    async def measure(self) -> None:
        """Count the servers; an unanswered question leaves the former numbers."""
        try:
            crowd = await self._bot.edges.stores.census.crowd()
        except (SQLAlchemyError, DatabaseDownError, OSError):
            return
        SERVERS.clear()
        for status, number in crowd.by_status.items():
            SERVERS.labels(status=str(status)).set(number)

"""The life of a running bot: checks, start, work until SIGTERM, orderly end."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog

from bot.backup.archive import copy_before_upgrade
from bot.config.checks import doubts, require_members
from bot.config.settings import Settings
from bot.local.door import open_door
from bot.local.operations import Operations
from bot.process.health import HealthServer
from bot.process.lock import only_process
from bot.process.logs import configure_logs
from bot.process.supervisor import tell_supervisor, watched
from bot.wiring.bot import Bot, build
from bot.wiring.health import watch
from bot.wiring.installation import installation_of
from migrations.schema import prepare_database
from provisioning.adapters.sql.health import check_tables, opened_database
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import load_texts
from provisioning.platforms.catalogue import PLATFORMS
from provisioning.servers.offers import ended_releases, gone_releases

CLOUD_SECONDS = 10.0
"""Longest wait at start for Azure's first answer."""

log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Run a bot until SIGTERM or SIGINT.

    Raises:
        UserError: if the bot can't start and an admin can mend the reason.
    """
    configure_logs(settings.log_format, logging.getLevelNamesMapping()[settings.log_level.upper()])
    require_members(settings)
    for doubt in doubts(settings):
        log.warning(doubt)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    with only_process(settings.database_url):
        await prepare(settings)
        async with _health(settings) as health:
            bot = await _build(settings, stopping)
            if bot is not None:
                await _serve(bot, stopping, health)
    log.info("stopped")


async def _serve(bot: Bot, stopping: asyncio.Event, health: HealthServer) -> None:
    settings = bot.settings
    try:
        await start(bot)
        watch(health, bot)
        door = open_door(settings.socket_file, Operations(bot))
        async with door, _ready(settings.ready_file), watched():
            tell_supervisor("READY=1", "STATUS=serves")
            log.info("ready", mode=settings.slack.mode, region=settings.azure.region)
            await _until_stopped(stopping, bot)
    finally:
        await stop(bot)
        await bot.edges.close()


@contextlib.asynccontextmanager
async def _health(settings: Settings) -> AsyncIterator[HealthServer]:
    """Answer `/healthz` from the start on, while the bot may still wait for Slack."""
    health = HealthServer()
    if settings.metrics_port:
        await health.start(settings.metrics_host, settings.metrics_port)
    try:
        yield health
    finally:
        await health.close()


async def _build(settings: Settings, stopping: asyncio.Event) -> Bot | None:
    """Build the bot once Slack answers, however long that takes; None if it was stopped before.

    Raises:
        UserError: as `build` does.
    """
    stopped = asyncio.create_task(stopping.wait())
    try:
        while not stopped.done():
            building = asyncio.create_task(build(settings))
            await asyncio.wait({building, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not building.done():
                building.cancel()
            try:
                return await building
            except NotYet as not_yet:
                log.warning("the bot waits for Slack", reason=not_yet.reason)
                tell_supervisor("STATUS=waits for Slack")
            except asyncio.CancelledError:
                return None
    finally:
        stopped.cancel()
    return None


async def prepare(settings: Settings) -> None:
    """Check and migrate the database before anything else may write to it.

    A database whose servers are elsewhere, or were made with other keys, is left as it is.
    """
    async with opened_database(settings.database_url) as database:
        await prepare_database(database, partial(copy_before_upgrade, settings.database_url))
        await check_tables(database)
        installation = installation_of(settings, database)
        await installation.check()
        await installation.record()


async def start(bot: Bot) -> None:
    """Start all parts; the receiver comes last.

    Whatever Azure says, the bot starts: it goes on checking Azure, and members get answers.

    Raises:
        UserError: if Slack refuses the bot, or a setting is wrong in itself.
    """
    load_texts()
    await bot.cases.admin.cloud_check.start(CLOUD_SECONDS)
    stores = bot.edges.stores
    await bot.edges.cards.start()
    await bot.edges.slack.homes.start(stores.servers, stores.shares, bot.publish_home)
    await bot.engine.launch()
    await bot.engine.recover()
    bot.edges.slack.tasks.spawn(bot.recover_interactions(), "interactions of ended processes")
    bot.home_feed.start()
    # Last, so that the first command finds a bot that can answer.
    await bot.receiver.start()
    bot.edges.slack.tasks.spawn(_look_for_images(bot), "look for the images")
    if bot.certificates is not None:
        bot.certificates.start(bot.settings.tls.check_seconds)
    sizes = {size for each in PLATFORMS.values() for size in each.sizes}
    bot.edges.machines.prices.prefetch(sizes, bot.edges.policy.regions)


async def _look_for_images(bot: Bot) -> None:
    for title, until in ended_releases(datetime.now(UTC).date()):
        log.warning("a system gets no security updates", release=title, since=str(until))
    images = bot.edges.machines.cloud.images
    for region in bot.edges.policy.regions:
        try:
            gone = await gone_releases(images, region)
        except (NotYet, PermanentError) as error:
            log.warning("images not looked for", region=region, reason=error.reason)
            continue
        for each in gone:
            log.warning(
                "Azure does not offer the image of a platform",
                region=region,
                platform=each.platform,
                release=each.release,
                image=each.image,
            )


async def _until_stopped(stopping: asyncio.Event, bot: Bot) -> None:
    """Wait for the signal to stop. Raises `UserError` if Slack refuses the bot for good."""
    stopped = asyncio.create_task(stopping.wait())
    refused = asyncio.create_task(bot.receiver.until_refused())
    await asyncio.wait({stopped, refused}, return_when=asyncio.FIRST_COMPLETED)
    if refused.done():
        stopped.cancel()
        refused.result()
    refused.cancel()


async def stop(bot: Bot) -> None:
    """Stop all parts, also those whose start was interrupted."""
    slack = bot.edges.slack
    log.info("stopping", tasks=len(slack.tasks))
    tell_supervisor("STOPPING=1")
    await bot.receiver.close()
    await bot.cases.admin.cloud_check.close()
    if bot.certificates is not None:
        await bot.certificates.close()
    # Steps still draw cards and post messages, so the engine is drained before Slack's parts close.
    seconds = bot.settings.shutdown_seconds
    await asyncio.gather(slack.tasks.drain(seconds), bot.engine.drain(seconds))
    await bot.home_feed.close()
    await slack.homes.close()
    await bot.edges.cards.close()
    await bot.engine.close()
    await slack.profiles.close()


@contextlib.asynccontextmanager
async def _ready(path: Path | None) -> AsyncIterator[None]:
    if path is not None:
        path.write_text("ready\n")
    try:
        yield
    finally:
        if path is not None:
            path.unlink(missing_ok=True)

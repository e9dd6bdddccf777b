"""The life of a running bot: checks, start, work until SIGTERM, orderly end."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import structlog

from bot.config.checks import doubts, require_members
from bot.config.settings import Settings
from bot.process.lock import only_process
from bot.process.logs import configure_logs
from bot.process.metrics import start_exporter
from bot.wiring.bot import Bot, build
from bot.wiring.installation import installation_of
from migrations.schema import prepare_database
from provisioning.adapters.sql.health import check_tables, opened_database
from provisioning.core.errors import NotYet, PermanentError, UserError
from provisioning.core.language import load_texts
from provisioning.core.ports.cloud import Cloud
from provisioning.core.retry import patiently
from provisioning.platforms.catalogue import PLATFORMS
from provisioning.servers.offers import gone_releases

CLOUD_SECONDS = 120.0
_HIDDEN = "Azure does not show the resource group"

log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Run a bot until SIGTERM or SIGINT.

    Raises:
        UserError: if the bot can't start and an admin can mend the reason.
    """
    configure_logs(settings.log_format)
    require_members(settings)
    for doubt in doubts(settings):
        log.warning(doubt)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    with only_process(settings.database_url):
        await prepare(settings)
        bot = await build(settings)
        try:
            await start(bot)
            with _ready(settings.ready_file):
                log.info("ready", mode=settings.slack.mode, region=settings.azure.region)
                await _until_stopped(stopping, bot)
        finally:
            await stop(bot)
            await bot.edges.close()
    log.info("stopped")


async def prepare(settings: Settings) -> None:
    """Check and migrate the database before anything else may write to it.

    A database whose servers are elsewhere, or were made with other keys, is left as it is.
    """
    async with opened_database(settings.database_url) as database:
        await prepare_database(database)
        await check_tables(database)
        installation = installation_of(settings, database)
        await installation.check()
        await installation.record()


async def start(bot: Bot) -> None:
    """Start all parts; the receiver comes last.

    Raises:
        UserError: if Azure or Slack refuses the bot, or can't be reached.
    """
    load_texts()
    crowd = await bot.edges.stores.census.crowd()
    await check_cloud(bot.edges.machines.cloud, has_servers=bool(crowd.by_status))
    start_exporter(bot.settings.metrics_port)
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


async def check_cloud(cloud: Cloud, *, has_servers: bool, seconds: float = CLOUD_SECONDS) -> None:
    """Wait for Azure: after a power cut the network may come up later than the bot.

    A resource group that Azure does not show is created only for a bot without servers.

    Raises:
        UserError: if Azure refuses the bot, or can't be reached for that time.
    """

    async def look() -> None:
        try:
            if has_servers and not await cloud.presence.shows_place():
                raise NotYet(_HIDDEN)
            await cloud.account.check()
        except NotYet as not_yet:
            log.warning("Azure does not answer yet", reason=not_yet.reason)
            raise

    try:
        await patiently(look, seconds, first_pause=1.0)
    except NotYet as not_yet:
        if not_yet.reason == _HIDDEN:
            raise UserError(
                "Azure does not show the resource group of the bot's servers. Nothing was changed. "
                "Start again in some minutes. If the group was deleted, create it again with "
                "`az group create`: the servers become missing, and no record is lost."
            ) from None
        raise UserError(
            f"Azure can't be reached ({not_yet.reason}). Check the network and "
            "NOTEBOOK_BOT_AZURE__MANAGEMENT_URL, then start again."
        ) from None
    except PermanentError as error:
        raise UserError(error.for_admins) from None


async def _look_for_images(bot: Bot) -> None:
    images = bot.edges.machines.cloud.images
    for region in bot.edges.policy.regions:
        for each in await gone_releases(images, region):
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
    await bot.receiver.close()
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


@contextlib.contextmanager
def _ready(path: Path | None) -> Iterator[None]:
    if path is not None:
        path.write_text("ready\n")
    try:
        yield
    finally:
        if path is not None:
            path.unlink(missing_ok=True)

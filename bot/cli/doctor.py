"""`notebook-bot doctor`: check what the bot needs, and print what to fix."""

from collections.abc import Awaitable, Callable

import aiohttp

from bot.cli.backup import advice_of_backups
from bot.cli.rights import check_rights
from bot.config.checks import doubts, require_members
from bot.config.settings import ALL_MEMBERS, Settings
from bot.config.tls import tls_of
from bot.process.clock import SystemClock
from bot.slack.app import build_client, identify
from bot.wiring.installation import installation_of
from migrations.schema import current_version, wanted_version
from provisioning.access.installation_keys import InstallationKeys
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.sql.chat.posted_once import SqlPostedOnce
from provisioning.adapters.sql.health import check_tables, opened_database
from provisioning.core.errors import NotYet, PermanentError, UserError
from provisioning.members.refused_messages import RefusedMessages
from provisioning.servers.offers import gone_releases


async def diagnose(settings: Settings, report: Callable[[str], object]) -> bool:
    """Run every check and print its result. Return whether all of them passed.

    The checks change nothing but Azure's resource group and providers, which the bot's start would
    create too.
    """
    checks: tuple[tuple[str, Callable[[Settings], Awaitable[str]]], ...] = (
        ("members", _members),
        ("database", _database),
        ("keys", _keys),
        ("installation", _installation),
        ("certificates", _certificates),
        ("Slack", _slack),
        ("messages", _messages),
        ("Azure", _azure),
        ("rights", check_rights),
        ("images", _images),
    )
    healthy = True
    for name, check in checks:
        try:
            report(f"ok    {name}: {await check(settings)}")
        except PermanentError as error:
            healthy = False
            report(f"FAIL  {name}: {error.for_admins}")
        except (UserError, NotYet) as error:
            healthy = False
            report(f"FAIL  {name}: {error}")
    for advice in advices(settings):
        report(f"warn  {advice}")
    return healthy


def advices(settings: Settings) -> list[str]:
    """Return what works, but lets more people in than an admin may know."""
    advice = doubts(settings) + advice_of_backups(settings)
    if settings.azure.ssh_source == "*":
        advice.append(
            "network: SSH of all servers is open to the internet (keys only). If members don't "
            "use SSH, set NOTEBOOK_BOT_AZURE__SSH_SOURCE to the bot's own public address."
        )
    domain = settings.tls.domain
    if settings.tls.mode != "self-signed":
        advice.append(
            f"certificates: a DNAME record gives every name below {domain} to all customers of "
            "Azure: any of them can take a free name in the region and serve it under yours, with "
            "a valid certificate, and gets the cookies of the domain above. Use a domain that is "
            "registered for this alone, never one below the domain of your sign-in or intranet."
        )
    if settings.tls.mode == "organisation":
        advice.append(
            f"certificates: each server has the key of *.{domain}, and a member with code on one "
            "server can read it. Use mode acme where members don't trust each other."
        )
    return advice


async def _members(settings: Settings) -> str:
    require_members(settings)
    slack = settings.slack
    if ALL_MEMBERS in slack.allowed_users:
        return "all members of the workspace may use the bot"
    people, groups = len(slack.allowed_users), len(slack.allowed_groups)
    return f"{people} members and the members of {groups} user groups may use the bot"


async def _database(settings: Settings) -> str:
    async with opened_database(settings.database_url, thorough=True) as database:
        current = await current_version(database)
        if current == wanted_version():
            await check_tables(database)
    return f"version {current or 'none yet'}; this bot needs {wanted_version()}"


async def _keys(settings: Settings) -> str:
    keys = InstallationKeys(settings.keys_dir)
    return f"client key {keys.client_public_key[:40]}…" if keys.exist else "none yet"


async def _installation(settings: Settings) -> str:
    async with opened_database(settings.database_url) as database:
        if await current_version(database) != wanted_version():
            return "not compared: the database has another version"
        installation = installation_of(settings, database)
        await installation.check()
        return str(installation.place)


async def _certificates(settings: Settings) -> str:
    tls, files = tls_of(settings)
    return f"{tls.mode}{f', {files.certificate}' if files else ''}"


async def _slack(settings: Settings) -> str:
    async with aiohttp.ClientSession(trust_env=True) as session:
        identity = await identify(build_client(settings.slack, session))
    return f"signed in as {identity.user_id} in {identity.team_id}"


async def _messages(settings: Settings) -> str:
    async with opened_database(settings.database_url) as database:
        if await current_version(database) != wanted_version():
            return "unknown: the database has another version"
        since = await RefusedMessages(SqlPostedOnce(database), SystemClock()).since()
    if since is not None:
        raise UserError(
            f"Slack has refused all direct messages since {since:%Y-%m-%d %H:%M} UTC. Turn on the "
            "Messages tab: api.slack.com/apps, this app, App Home."
        )
    return "Slack takes them, as far as the bot has tried"


async def _azure(settings: Settings) -> str:
    cloud = open_cloud(settings.azure, settings.installation, settings.open_ports)
    try:
        await cloud.account.check()
        sizes = {region: await cloud.capacity.sizes(region) for region in settings.azure.regions}
    finally:
        await cloud.account.close()
    return ", ".join(f"{len(sold)} sizes available in {region}" for region, sold in sizes.items())


async def _images(settings: Settings) -> str:
    cloud = open_cloud(settings.azure, settings.installation, settings.open_ports)
    try:
        gone = {
            region: await gone_releases(cloud.images, region) for region in settings.azure.regions
        }
    finally:
        await cloud.account.close()
    missing = [
        f"in {region} {each.platform} {each.release} ({each.image})"
        for region, releases in gone.items()
        for each in releases
    ]
    if missing:
        raise UserError(
            f"Azure does not offer these images: {', '.join(missing)}. Servers of these platforms "
            "can't be created there; other platforms are not affected. Update the images in "
            "provisioning/platforms/*.toml."
        )
    return f"all platforms' images are available in {', '.join(gone)}"

"""Checks of the servers' certificates and names, where the bot does more than self-signed ones."""

import asyncio
import socket
import ssl
from urllib.parse import urlsplit

import aiohttp

from bot.config.tls import tls_of
from bot.doctor.diagnosis import Doctoring
from bot.doctor.surroundings import Surroundings
from provisioning.adapters.sql.health import opened_database
from provisioning.adapters.sql.servers import SqlServers
from provisioning.core.model.policy import Tls
from provisioning.core.model.server import Status

_SERVERS = 3
_SECONDS = aiohttp.ClientTimeout(total=15)


async def certificates(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Read the files of the settings, and ask the authority and DNS where they are used."""
    tls, files = tls_of(surroundings.settings)
    if tls.mode == "self-signed":
        doctoring.ok("Each server makes its own certificate; browsers warn once.")
        return
    if files is not None:
        doctoring.ok(f"The certificate {files.certificate} fits its key and the domains.")
    if tls.directory:
        await _ask_authority(tls, doctoring)
    await _look_names_up(surroundings, tls, doctoring)


async def _ask_authority(tls: Tls, doctoring: Doctoring) -> None:
    trusted = ssl.create_default_context(cadata=tls.authorities or None)
    try:
        async with (
            aiohttp.ClientSession(trust_env=True, timeout=_SECONDS) as session,
            session.get(tls.directory, ssl=trusted) as answer,
        ):
            found = await answer.json(content_type=None)
        known = isinstance(found, dict) and "newOrder" in found
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        doctoring.broken(
            f"The authority {tls.directory} does not answer ({type(error).__name__}).",
            "Check NOTEBOOK_BOT_TLS__ACME_DIRECTORY, ..._CA_FILE and the network.",
        )
        return
    if known:
        doctoring.ok(f"The authority {tls.directory} answers.")
    else:
        doctoring.broken(
            f"{tls.directory} is no ACME directory.", "Correct NOTEBOOK_BOT_TLS__ACME_DIRECTORY."
        )


async def _look_names_up(surroundings: Surroundings, tls: Tls, doctoring: Doctoring) -> None:
    """Look up some servers' names: a DNAME record can't be seen without one."""
    async with opened_database(surroundings.settings.database_url) as database:
        servers = await SqlServers(database).list_servers()
    running = [each for each in servers if each.status is Status.RUNNING][:_SERVERS]
    for server in running:
        host = urlsplit(server.url).hostname or ""
        try:
            await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
        except OSError:
            zone = tls.domain_of(server.region)
            doctoring.broken(
                f"DNS does not know {host}, the name of the server {server.name}.",
                f"Add the record `{zone} DNAME {server.region}.cloudapp.azure.com`.",
            )
            return
    seen = "The servers' names are in DNS" if running else "No server runs whose name could be"
    doctoring.ok(f"{seen}{'' if running else ' looked up'}.")

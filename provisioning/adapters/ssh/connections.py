"""Connections to the machines, and the machine program over a connection.

No key is trusted on first use. The bot host's own SSH configuration (agent, configuration, known
hosts, identities) is ignored.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncssh

from provisioning.adapters.ssh.bundle import MachineBundle
from provisioning.adapters.ssh.program import (
    OnEvent,
    Pieces,
    refuse_full_disk,
    run_bootstrap,
    run_program,
)
from provisioning.adapters.ssh.shell import Shell, run, shells
from provisioning.adapters.ssh.uv_wheel import UvWheels
from provisioning.core.errors import HOST_KEY_CHANGED, NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.machine import HostAccess
from provisioning.core.model.policy import MachineLayout
from provisioning.platforms.catalogue import Platform

REFUSED_PAUSE = 2.0
"""Seconds until the next try if a machine does not let the bot sign in yet."""
_CLOUD_INIT_RECOVERED = 2
"""cloud-init's exit status for "done, with recoverable errors"."""

_log = logging.getLogger(__name__)


class MachineConnections:
    """Connections that are each pinned to the keys of a `HostAccess`.

    The arguments are those of `SshHost`.
    """

    def __init__(
        self,
        client_key: str,
        machine_folder: Path,
        layout: MachineLayout,
        uv: UvWheels,
        silence_timeout: float,
    ) -> None:
        self._client_key = asyncssh.import_private_key(client_key)
        self._bundle = MachineBundle(machine_folder)
        self._shells = shells(uv)
        self._layout = layout
        self._silence_timeout = silence_timeout

    @property
    def version(self) -> str:
        """The version of what the machine program brings to a machine."""
        return self._bundle.version

    async def program(
        self,
        access: HostAccess,
        subcommand: str,
        request: dict[str, object],
        pieces: Pieces | None = None,
    ) -> dict[str, Any]:
        """Upload the machine program if it is missing, and run one of its subcommands."""
        request = {"root": self._layout.root, "os": access.os, **request}
        shell, directory = self._shells[access.os], self._bundle.directory
        async with self.connected(access) as connection:
            await self._upload(connection, shell)
            return await run_program(
                connection, shell, directory, subcommand, request, pieces=pieces
            )

    async def bootstrap(
        self,
        connection: asyncssh.SSHClientConnection,
        access: HostAccess,
        platform: Platform,
        subcommand: str,
        request: dict[str, object],
        on_event: OnEvent | None = None,
    ) -> dict[str, Any]:
        """Upload the program, install what it needs, and run a subcommand."""
        shell = self._shells[access.os]
        await self._upload(connection, shell)
        await run_bootstrap(connection, shell, self._bundle, platform)
        return await run_program(
            connection, shell, self._bundle.directory, subcommand, request, on_event
        )

    async def _upload(self, connection: asyncssh.SSHClientConnection, shell: Shell) -> None:
        if await shell.has(connection, self._bundle):
            return
        status, _, errors = await shell.unpack(connection, self._bundle)
        if status != 0:
            _log.warning("the upload ended with %s: %s", status, errors[-2000:])
            refuse_full_disk(errors)
            raise PermanentError(
                N_(
                    "The set-up program could not be copied to the machine. Create the server "
                    "again; if that repeats, tell an admin."
                ),
                "UploadFailed",
            )

    async def wait_for_first_boot(self, access: HostAccess) -> None:
        """Wait until the machine's system reports the end of its first boot."""
        command = self._shells[access.os].first_boot
        async with self.connected(access) as connection:
            if not command:
                return
            status, output, _ = await run(connection, command)
        if status not in (0, _CLOUD_INIT_RECOVERED):
            _log.warning("cloud-init ended with %s: %s", status, output[-2000:])
            raise PermanentError(
                N_(
                    "The machine's first boot failed (cloud-init reports an error). Create the "
                    "server again; if that repeats, tell an admin."
                ),
                "CloudInitFailed",
            )

    @asynccontextmanager
    async def connected(self, access: HostAccess) -> AsyncIterator[asyncssh.SSHClientConnection]:
        """Open a connection.

        Raises `NotYet` if the machine does not answer, and `PermanentError` with `HOST_KEY_CHANGED`
        if it
        shows another key.
        """
        try:
            async with asyncssh.connect(
                access.address, access.port, **self._options(access)
            ) as connection:
                try:
                    yield connection
                except BaseException:
                    connection.abort()  # a close would wait for a machine that does not read
                    raise
        except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed) as error:
            raise PermanentError(
                N_(
                    "The machine shows another SSH key than its own, so I sent nothing to it. "
                    "Delete the server and create it again; if that repeats, tell an admin."
                ),
                HOST_KEY_CHANGED,
            ) from error
        except asyncssh.PermissionDenied as error:
            raise NotYet(N_("The machine does not let the bot in yet"), REFUSED_PAUSE) from error
        except (asyncssh.Error, OSError, TimeoutError) as error:
            raise NotYet(N_("SSH does not answer ({error})", error=type(error).__name__)) from error

    def _options(self, access: HostAccess) -> dict[str, Any]:
        lines = filter(None, (access.host_public_key, access.former_public_key))
        host_keys = [asyncssh.import_public_key(line) for line in lines]
        return {
            "username": access.user,
            "known_hosts": (host_keys, [], []),
            "server_host_key_algs": [host_keys[0].get_algorithm()],
            "client_keys": [self._client_key],
            "preferred_auth": "publickey",
            "agent_path": None,
            "config": None,
            "connect_timeout": self._layout.connect_timeout,
            "keepalive_interval": self._silence_timeout / 4,
            "keepalive_count_max": 4,
        }


async def wait_for_banner(access: HostAccess, seconds: float) -> None:
    """Wait for SSH's first line.

    That is cheaper than a sign-in, and quick while a booting machine's packets are dropped.
    """
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(access.address, access.port)
            try:
                line = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        raise NotYet(N_("The machine does not answer yet")) from error
    if not line.startswith(b"SSH-"):
        raise NotYet(N_("The machine does not answer yet"))

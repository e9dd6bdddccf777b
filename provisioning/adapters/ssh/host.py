"""`Host` over asyncssh. Every connection is pinned to the machine's known host key."""

import asyncio
import base64
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import asyncssh
from typing_extensions import override

from provisioning.adapters.ssh import https_check as tls
from provisioning.adapters.ssh.connections import MachineConnections, wait_for_banner
from provisioning.adapters.ssh.probe_report import read_activity, understood_disk
from provisioning.adapters.ssh.program import Pieces
from provisioning.adapters.ssh.reading import number_of, understanding, words_of
from provisioning.adapters.ssh.saved_notebooks import (
    SavedAnswer,
    export_too_slow,
    exported_notebook,
    notebook_file,
)
from provisioning.adapters.ssh.upkeep import MachineUpkeep
from provisioning.adapters.ssh.uv_wheel import UvWheels
from provisioning.core.errors import HOST_KEY_CHANGED, NotYet, PermanentError
from provisioning.core.language import N_
from provisioning.core.model.activity import Activity, unknown_activity
from provisioning.core.model.machine import (
    DiskUse,
    ExportedNotebook,
    HostAccess,
    LastOutput,
    MachineEvent,
    MachineLogs,
    NotebookFile,
    PlantedPassword,
    SetUpResult,
)
from provisioning.core.model.people import Member
from provisioning.core.model.policy import MachineLayout
from provisioning.core.ports.host import Host
from provisioning.notebooks.repositories import MOST_BYTES, MOST_SECONDS, folder_of
from provisioning.platforms.catalogue import Platform

_PROBE_SHARE = 0.15
"""Share of the connection timeout that one wait for SSH's first line may take."""
_ROTATION_SECONDS = 10.0
_EXPORT_SECONDS = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0

_USUAL_LAYOUT = MachineLayout()


class SshHost(MachineUpkeep, Host):
    """The machines, over SSH.

    `client_key` is the bot's private key in OpenSSH's format; `machine_folder` is the program.
    A machine that is silent for `silence_timeout` seconds counts as lost. `cache` is the folder of
    files that are fetched for machines; it is created when needed.
    """

    def __init__(
        self,
        client_key: str,
        machine_folder: Path,
        layout: MachineLayout = _USUAL_LAYOUT,
        *,
        cache: Path = Path("cache"),
        silence_timeout: float = 60.0,
    ) -> None:
        self._uv = UvWheels(machine_folder / "uv.lock.txt", cache)
        self._layout = layout
        self._ssh = MachineConnections(
            client_key, machine_folder, layout, self._uv, silence_timeout
        )

    @override
    async def prepare(self, platform: Platform) -> None:
        """Fetch the installer uv, which the bot uploads."""
        wheel = self._uv.windows if platform.os == "windows" else self._uv.linux()
        await wheel.file()

    @override
    async def wait_until_reachable(self, access: HostAccess, timeout: float) -> None:
        """Wait until SSH lets the bot in and cloud-init has ended; `timeout` is in seconds."""
        pause = _FIRST_PAUSE
        reason: str = N_("The machine does not answer yet")
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while True:
                    try:
                        await wait_for_banner(access, self._layout.connect_timeout * _PROBE_SHARE)
                        await self._ssh.wait_for_first_boot(access)
                        return
                    except NotYet as not_yet:
                        reason = not_yet.reason
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.5, _LONGEST_PAUSE)
        waited = N_("{reason} (waited {seconds} s)", reason=reason, seconds=round(timeout))
        raise NotYet(waited, _LONGEST_PAUSE)

    @override
    async def rotate_host_key(
        self, access: HostAccess, platform: Platform, private_key: str
    ) -> None:
        """Send the new key over the program's input, and wait until the machine shows it."""
        wanted = asyncssh.import_public_key(access.host_public_key)
        async with self._ssh.connected(access) as connection:
            if connection.get_server_host_key() == wanted:
                return
            request: dict[str, object] = {
                "root": self._layout.root,
                "platform": platform.machine_section(),
                "private": private_key,
                "public": access.host_public_key,
            }
            await self._ssh.bootstrap(connection, access, platform, "host-key", request)
        await self._wait_for_new_key(replace(access, former_public_key=""))

    async def _wait_for_new_key(self, access: HostAccess) -> None:
        """Wait for the new key: an SSH server reads its files a moment after the request."""
        deadline = asyncio.get_running_loop().time() + _ROTATION_SECONDS
        while True:
            try:
                async with self._ssh.connected(access):
                    return
            except PermanentError as error:
                late = asyncio.get_running_loop().time() > deadline
                if error.code != HOST_KEY_CHANGED or late:
                    raise NotYet(N_("The machine still shows its first SSH key")) from error
            await asyncio.sleep(_FIRST_PAUSE)

    @override
    async def set_up(
        self,
        access: HostAccess,
        platform: Platform,
        specification: dict[str, object],
        on_event: Callable[[MachineEvent], None],
    ) -> SetUpResult:
        """Upload, bootstrap and apply, over one connection."""
        async with self._ssh.connected(access) as connection:
            done = await self._ssh.bootstrap(
                connection, access, platform, "apply", specification, on_event
            )
        with understanding():
            return SetUpResult(
                certificate_sha256=words_of(done["certificate_sha256"]),
                seconds=number_of(done.get("seconds")),
                changed=tuple(map(words_of, done.get("changed", ()))),
                tls=words_of(done.get("tls", "self-signed")),
                tls_reason=words_of(done.get("tls_reason", "")),
                version=words_of(done.get("version", ""))[:20],
            )

    @override
    async def place_certificate(self, access: HostAccess, certificate: str, key: str) -> str:
        """Send certificate and key over the program's input."""
        request: dict[str, object] = {"certificate": certificate, "key": key}
        done = await self._ssh.program(access, "certificate", request)
        with understanding():
            return words_of(done["sha256"])

    @override
    async def plant_password(
        self, access: HostAccess, member: Member, password: PlantedPassword, expires_at: datetime
    ) -> None:
        """Send the hashes over the program's input, where no process list shows them."""
        request: dict[str, object] = {
            "user": {"id": member.id, "name": member.name},
            "hash": password.hash,
            "sha256": password.sha256,
            "key": password.key,
            "expires_at": expires_at.isoformat(),
        }
        await self._ssh.program(access, "password", request)

    @override
    async def activity(self, access: HostAccess, timeout: float = 10.0) -> Activity:
        """Run the machine's probe once; any failure makes the activity unknown."""
        try:
            async with asyncio.timeout(timeout):
                report = await self._ssh.program(access, "activity", {})
        except TimeoutError:
            return unknown_activity(
                N_("the machine did not answer within {seconds} s", seconds=f"{timeout:g}")
            )
        except (NotYet, PermanentError) as error:
            return unknown_activity(error.reason)
        except (ValueError, OSError, RecursionError, asyncssh.Error) as error:
            return unknown_activity(
                N_("the machine's answer could not be read ({error})", error=type(error).__name__)
            )
        return read_activity(report)

    @override
    async def grow_disk(self, access: HostAccess) -> DiskUse:
        return understood_disk(await self._ssh.program(access, "grow-disk", {}))

    @override
    async def last_output(self, access: HostAccess) -> LastOutput | None:
        """Ask the machine program, which bounds and cleans the output on the machine."""
        found = await self._ssh.program(access, "last-output", {})
        with understanding():
            if not found["notebook"]:
                return None
            picture, age = base64.b64decode(found["picture"]), number_of(found["saved_seconds"])
            return LastOutput(str(found["notebook"]), age, str(found["text"]), picture)

    @override
    async def give_link(
        self, access: HostAccess, member: Member, token_sha256: str, use_until: datetime
    ) -> bool:
        """Ask the machine's identity provider to accept the link."""
        request: dict[str, object] = {
            "user": {"id": member.id, "name": member.name},
            "sha256": token_sha256,
            "use_until": use_until.isoformat(),
        }
        return bool((await self._ssh.program(access, "link", request)).get("given"))

    @override
    async def admit(
        self, access: HostAccess, platform: Platform, people: Sequence[str], keys: Sequence[str]
    ) -> None:
        request: dict[str, object] = {"people": list(people), "keys": list(keys)}
        await self._ssh.program(
            access, "admit", {"platform": platform.machine_section(), **request}
        )

    @override
    async def logs(self, access: HostAccess, platform: Platform, lines: int) -> MachineLogs:
        """Ask the machine program, which hides secrets before they leave the machine."""
        request = {"platform": platform.machine_section(), "lines": lines}
        found = await self._ssh.program(access, "logs", request)
        with understanding():
            return MachineLogs(*(tuple(map(str, found[name])) for name in ("set_up", "server")))

    @override
    async def set_packages(self, access: HostAccess, requirements: Sequence[str]) -> None:
        """Install the packages with uv, as the notebook's user."""
        await self._ssh.program(access, "python-packages", {"packages": list(requirements)})

    @override
    async def clone_repository(
        self, access: HostAccess, platform: Platform, url: str, authorities: str
    ) -> None:
        """Clone with git, as the notebook's user; the set-up program installs git if needed."""
        request: dict[str, object] = {
            "platform": platform.machine_section(),
            "url": url,
            "name": folder_of(url),
            "package": platform.machine.git_package,
            "seconds": MOST_SECONDS,
            "bytes": MOST_BYTES,
            "authorities": authorities,
        }
        await self._ssh.program(access, "repository", request)

    @override
    async def notebooks(self, access: HostAccess) -> Sequence[str]:
        found = await self._ssh.program(access, "notebooks", {})
        with understanding():
            return [str(each) for each in found["notebooks"]]

    @override
    async def export(self, access: HostAccess, notebook: str) -> ExportedNotebook:
        """Convert with nbconvert, as the notebook's user; the page comes in pieces."""
        return exported_notebook(*await self._saved(access, {"notebook": notebook}))

    @override
    async def notebook_file(self, access: HostAccess, notebook: str) -> NotebookFile | None:
        """Read the file as the notebook's user; it comes in pieces."""
        return notebook_file(*await self._saved(access, {"notebook": notebook, "as_it_is": True}))

    async def _saved(self, access: HostAccess, request: dict[str, object]) -> SavedAnswer:
        pieces = Pieces()
        try:
            async with asyncio.timeout(_EXPORT_SECONDS):
                return await self._ssh.program(access, "export", request, pieces), pieces
        except TimeoutError:
            raise export_too_slow() from None

    @override
    async def hold(self, access: HostAccess, platform: Platform) -> None:
        await self._ssh.program(access, "hold", {"platform": platform.machine_section()})

    @override
    async def check_https(
        self, address: str, port: int, hostname: str, certificate_sha256: str
    ) -> None:
        await tls.check_https(address, port, hostname, certificate_sha256)

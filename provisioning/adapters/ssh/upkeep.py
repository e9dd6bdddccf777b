"""Checks, updates and repairs of a machine, by the machine program."""

import asyncio

from provisioning.adapters.ssh.connections import MachineConnections
from provisioning.adapters.ssh.program import Pieces
from provisioning.adapters.ssh.reading import understanding, words_of
from provisioning.adapters.ssh.saved_notebooks import files_too_slow, home_files
from provisioning.core.model.machine import HomeFiles, HostAccess, RepairResult, UpdateResult
from provisioning.core.model.policy import MachineLayout
from provisioning.platforms.catalogue import Platform

_MOST_LINES = 30
_LARGEST_ZIP = 40 * 1024 * 1024
"""Bytes of a ZIP of files, which is in the memory of machine and bot while it is sent."""
_FILES_SECONDS = 120.0


class MachineUpkeep:
    """The part of `SshHost` that keeps a machine working."""

    _ssh: MachineConnections
    _layout: MachineLayout

    @property
    def version(self) -> str:
        """The version of the machine program's folder."""
        return self._ssh.version

    async def verify(self, access: HostAccess) -> str:
        """Run `1+1` in a kernel of the machine's notebook server."""
        request: dict[str, object] = {"seconds": self._layout.first_cell_timeout}
        done = await self._ssh.program(access, "verify", request)
        return words_of(done.get("certificate_sha256", ""))

    async def update(
        self, access: HostAccess, platform: Platform, *, despite_work: bool, zone: str = ""
    ) -> UpdateResult:
        """Run the bootstrap, which brings the locked uv, and the update."""
        request = {
            "platform": platform.machine_section(),
            "despite_work": despite_work,
            "zone": zone,
        }
        async with self._ssh.connected(access) as connection:
            done = await self._ssh.bootstrap(connection, access, platform, "update", request)
        with understanding():
            return UpdateResult(
                words_of(done["state"]),
                words_of(done["jupyterlab"])[:40],
                _lines(done.get("log", ())),
                _lost(done.get("own", {})),
                words_of(done.get("version", ""))[:20],
            )

    async def repair(self, access: HostAccess, platform: Platform) -> RepairResult:
        """Run the repair after the bootstrap."""
        request: dict[str, object] = {"platform": platform.machine_section()}
        async with self._ssh.connected(access) as connection:
            done = await self._ssh.bootstrap(connection, access, platform, "repair", request)
        with understanding():
            return RepairResult(
                _lost(done["own"]),
                words_of(done["refused"]),
                tuple(map(words_of, done["hiding"])),
                _lines(done["log"]),
                words_of(done.get("version", ""))[:20],
            )

    async def files(self, access: HostAccess, path: str) -> HomeFiles | None:
        """Pack the files as the notebook's user; the ZIP comes in pieces."""
        pieces = Pieces()
        try:
            async with asyncio.timeout(_FILES_SECONDS):
                await self._ssh.program(
                    access, "files", {"path": path, "most": _LARGEST_ZIP}, pieces
                )
        except TimeoutError:
            raise files_too_slow() from None
        return home_files(pieces)


def _lines(found: list[object]) -> tuple[str, ...]:
    return tuple(map(words_of, found[:_MOST_LINES]))


def _lost(own: dict[str, list[list[object]]]) -> tuple[str, ...]:
    """Return the names of the packages that could not be installed again."""
    return tuple(words_of(each[0]) for each in own.get("lost", ()))

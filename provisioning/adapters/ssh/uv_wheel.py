"""uv, fetched by the bot's own pip and kept for all machines.

A machine gets its Python environments by uv, and uv from the bot: so it needs no package manager
and no pip for it. pip uses the bot's own package settings, the locked version and its hashes.
"""

import asyncio
import hashlib
import logging
import os
import re
import sys
import tempfile
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from provisioning.core.errors import PermanentError
from provisioning.core.language import N_

_SECONDS = 300.0
_DOWNLOAD = (
    "-m pip download --quiet --no-input --disable-pip-version-check --no-deps "
    "--only-binary=:all: --require-hashes"
)
"""pip's arguments for some 18 MB. pip retries failed connections itself."""
WINDOWS = "win_amd64"
_LINUX = "manylinux_2_17_{machine}"
_INDEX = "-m pip index versions --no-input --disable-pip-version-check"
_OTHER_HASH = "DO NOT MATCH THE HASHES"
"""pip's message if an index has another file than the lock."""

_OURS = "NOTEBOOK_BOT_"
"""Settings of the bot, secrets among them: pip gets none."""
_log = logging.getLogger(__name__)


class UvWheel:
    """The wheel of `lock` (a requirements file with hashes), in `folder` on this computer.

    `platform` is the wheel's platform tag, such as "win_amd64".
    """

    def __init__(self, lock: Path, folder: Path, platform: str) -> None:
        self._lock = lock
        self._folder = folder
        self._platform = platform
        self._fetching = asyncio.Lock()

    @cached_property
    def name(self) -> str:
        """The wheel's name on a machine, from the lock's hash: another lock gives another name."""
        return f"uv-{hashlib.sha256(self._lock.read_bytes()).hexdigest()[:16]}"

    @property
    def path(self) -> Path:
        """The wheel's path on this computer, once it has been fetched."""
        return self._folder / f"{self.name}-{self._platform}.whl"

    async def file(self) -> Path:
        """Return the wheel, whose hash is one of the lock's; simultaneous callers share one
        download.

        Raises:
            PermanentError: if there is no wheel; its text advises the owner.
        """
        file = self.path
        try:
            async with self._fetching:
                if not await asyncio.to_thread(self._is_locked, file):
                    await self._fetch(file)
        except OSError as error:
            _log.warning("uv could not be stored: %s", error)
            raise _not_kept() from error
        return file

    async def is_to_be_had(self) -> bool:
        """Return whether the wheel is here, or pip's index lists its version. Downloads nothing."""
        if await asyncio.to_thread(self._is_locked, self.path):
            return True
        line = next(each for each in self._lock.read_text().splitlines() if each.startswith("uv=="))
        said = await _run_pip(*f"{_INDEX} uv".split())
        return (
            re.search(rf"\b{re.escape(line.split()[0].removeprefix('uv=='))}\b", said) is not None
        )

    def _is_locked(self, file: Path) -> bool:
        """Return whether the file exists and has a hash of the lock."""
        try:
            with file.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
        except FileNotFoundError:
            return False
        return f"sha256:{digest}" in self._lock.read_text(encoding="utf-8")

    async def _fetch(self, file: Path) -> None:
        """Fetch the wheel, whole or not at all; another bot may use the same folder."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="fetching-") as fetched:
            said = await _pip(self._lock, self._platform, fetched)
            wheels = list(Path(fetched).glob("*.whl"))
            if len(wheels) != 1 or not await asyncio.to_thread(self._is_locked, wheels[0]):
                _log.warning("pip did not fetch uv for %s: %s", self._platform, said[-2000:])
                raise _other_hash() if _OTHER_HASH in said else _not_to_be_had()
            wheels[0].replace(file)


class UvWheels:
    """The wheels of one lock for all kinds of machines."""

    def __init__(self, lock: Path, folder: Path) -> None:
        self.windows = UvWheel(lock, folder, WINDOWS)
        self._linux = {
            machine: UvWheel(lock, folder, _LINUX.format(machine=machine))
            for machine in ("x86_64", "aarch64")
        }

    @property
    def name(self) -> str:
        """The name of each of them on a machine, without its ending."""
        return self.windows.name

    def linux(self, machine: str = "x86_64") -> UvWheel:
        """Return the wheel for a Linux machine, whose kind is the answer of `uname -m`."""
        return self._linux.get(machine, self._linux["x86_64"])


async def _pip(lock: Path, platform: str, target: str) -> str:
    """Download the wheels into the folder and return pip's output.

    The output has no credentials of an index: pip hides them.
    """
    what = f"--platform={platform}", "--requirement", str(lock)
    return await _run_pip(*_DOWNLOAD.split(), *what, "--dest", target)


async def _run_pip(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={name: value for name, value in os.environ.items() if not name.startswith(_OURS)},
    )
    try:
        async with asyncio.timeout(_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        return f"it took longer than {_SECONDS:g} seconds"
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return said.decode(errors="replace")


def _not_to_be_had() -> PermanentError:
    return PermanentError(
        N_(
            "I could not fetch the installer uv from the package index, and without it a machine "
            "gets no notebooks. Try again later; if that repeats, tell an admin that the bot's log "
            "has pip's reason."
        ),
        "NoInstaller",
    )


def _not_kept() -> PermanentError:
    return PermanentError(
        N_(
            "I could not store the installer uv on my own disk, and without it a machine gets no "
            "notebooks. Ask an admin to check the folder of NOTEBOOK_BOT_CACHE_DIR and the bot's "
            "log."
        ),
        "NoInstaller",
    )


def _other_hash() -> PermanentError:
    return PermanentError(
        N_(
            "The package index has another installer uv than the one I expect, so I did not use it "
            "and can't set up a machine. Tell an admin that the bot's log has the two hashes."
        ),
        "NoInstaller",
    )

"""The operating system's packages, by its package manager."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .commands import run
from .errors import SetUpError

LOCK_SECONDS = 600
"""How long to wait for another package run: a fresh machine updates itself for minutes."""


class PackageManager(Protocol):
    """One operating system's way to packages."""

    def ensure(self, names: Sequence[str]) -> bool:
        """Install what is missing of these packages."""
        ...


class Apt:
    """Debian's and Ubuntu's."""

    def ensure(self, names: Sequence[str]) -> bool:
        """Asks dpkg first, so that nothing is fetched where nothing is missing."""
        missing = [name for name in names if not self._is_installed(name)]
        if not missing:
            return False
        self._apt("update")
        self._apt("install", "--yes", "--no-install-recommends", *missing)
        return True

    def _is_installed(self, name: str) -> bool:
        asked = run(["dpkg-query", "--show", "--showformat=${db:Status-Status}", name], ok=(0, 1))
        return asked.returncode == 0 and asked.stdout.strip() == "installed"

    def _apt(self, *arguments: str) -> None:
        run(
            ["apt-get", "-q", "-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}", *arguments],
            env={"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "l", "LC_ALL": "C"},
        )


class Zypper:
    """openSUSE's and SUSE's."""

    DONE = (0, 100, 101, 102, 103, 106, 107)
    """Exit codes after which the packages are there (zypper(8)): besides 0, those that tell of
    updates (100, 101), of a reboot or another run that is due (102, 103), of a repository that
    was left out (106), of a package's script that failed (107)."""

    def ensure(self, names: Sequence[str]) -> bool:
        """Asks rpm first, and afterwards too: not every code of `DONE` means that all are in."""
        missing = self._missing(names)
        if not missing:
            return False
        # A repository that can't be read matters only if a package is missing without it, and
        # then the installation says so. One whose key is not trusted is left out by both.
        self._zypper("refresh", ok=range(256))
        self._zypper("install", "--no-recommends", *missing, ok=self.DONE)
        left = self._missing(missing)
        if left:
            raise SetUpError(f"zypper did not install {', '.join(left)} on the machine.")
        return True

    def _missing(self, names: Sequence[str]) -> list[str]:
        return [
            name
            for name in names
            if run(["rpm", "--query", "--quiet", name], ok=(0, 1)).returncode != 0
        ]

    def _zypper(self, *arguments: str, ok: Sequence[int]) -> None:
        """Waits for another zypper, or PackageKit, by itself."""
        run(
            ["zypper", "--non-interactive", "--quiet", *arguments],
            env={"ZYPP_LOCK_TIMEOUT": str(LOCK_SECONDS), "LC_ALL": "C"},
            ok=ok,
        )


class NoPackages:
    """A system without a package manager: its image has all, or the bootstrap brings it."""

    def ensure(self, names: Sequence[str]) -> bool:
        """Nothing to do, and nothing that could be asked for."""
        if names:
            raise SetUpError(f"This system has no packages, so not {', '.join(names)} either.")
        return False

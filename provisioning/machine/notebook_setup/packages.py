"""The operating system's packages, by its package manager."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .commands import run

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


PACKAGE_MANAGERS: dict[str, PackageManager] = {"apt": Apt()}

"""The operating system's packages, installed by its package manager."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from .commands import log, run
from .errors import CommandError, SetUpError
from .files import ensure_file

LOCK_SECONDS = 600
"""Seconds to wait for another run of the package manager: a new machine updates itself at first."""
_LOCK_PAUSE_SECONDS = 3.0
_LOCKED = ("Could not get lock", "Unable to lock")
"""What apt-get says of a held lock, in English."""

_NEEDRESTART = """\
# The server's kernels hold members' work, so an update of the system must not restart it. It gets
# the updated libraries at its next start.
$nrconf{override_rc}{qr(^notebook)} = 0;
"""


class PackageManager(Protocol):
    """A package manager of an operating system."""

    def ensure(self, names: Sequence[str]) -> bool:
        """Install those of these packages that are missing."""
        ...

    def spare_services(self, root: Path) -> bool:
        """Have the system's own updates leave the notebook services alone."""
        ...


class Apt:
    """apt, on Debian and Ubuntu."""

    def ensure(self, names: Sequence[str]) -> bool:
        """Install the missing packages; dpkg is asked first, so that apt runs only if needed."""
        missing = [name for name in names if not self._is_installed(name)]
        if not missing:
            return False
        self._apt("update")
        self._apt("install", "--yes", "--no-install-recommends", *missing)
        return True

    def _is_installed(self, name: str) -> bool:
        asked = run(["dpkg-query", "--show", "--showformat=${db:Status-Status}", name], ok=(0, 1))
        return asked.returncode == 0 and asked.stdout.strip() == "installed"

    def spare_services(self, root: Path) -> bool:
        """Write the settings of needrestart, which Ubuntu's images have.

        After each update needrestart restarts the services that use replaced libraries, since
        Ubuntu 24.04 without asking.
        """
        return ensure_file(root / "etc/needrestart/conf.d/notebook.conf", _NEEDRESTART)

    def _apt(self, *arguments: str) -> None:
        """Run apt-get, and again while another run holds a lock.

        apt-get itself waits for dpkg's lock only, and ends at once if the package lists or the
        downloaded archives are locked.
        """
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                return self._once(*arguments)
            except CommandError as error:
                is_locked = any(words in error.detail for words in _LOCKED)
                if not is_locked or time.monotonic() > deadline:
                    raise
            log("# another run of the package manager holds a lock")
            time.sleep(_LOCK_PAUSE_SECONDS)

    def _once(self, *arguments: str) -> None:
        run(
            ["apt-get", "-q", "-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}", *arguments],
            env={"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "l", "LC_ALL": "C"},
        )


class Zypper:
    """zypper, on openSUSE and SUSE."""

    DONE = (0, 100, 101, 102, 103, 106, 107)
    """Exit codes after which the packages may be installed (zypper(8)).

    Besides 0 they report updates (100, 101), a necessary reboot or another run (102, 103), a
    skipped repository (106), and a package's script that has failed (107).
    """

    def ensure(self, names: Sequence[str]) -> bool:
        """Install the missing packages.

        rpm is asked before and after, since not every code in `DONE` means success.
        """
        missing = self._missing(names)
        if not missing:
            return False
        # An unreadable repository matters only if a package is missing without it, and then the
        # installation reports that. Both commands skip a repository whose key is not trusted.
        self._zypper("refresh", ok=range(256))
        self._zypper("install", "--no-recommends", *missing, ok=self.DONE)
        left = self._missing(missing)
        if left:
            raise SetUpError(
                f"zypper could not install {', '.join(left)} on the machine, so the set-up can't "
                "go on."
            )
        return True

    def spare_services(self, root: Path) -> bool:
        """Do nothing: openSUSE lists the services to restart (`zypper ps`) and restarts none."""
        return False

    def _missing(self, names: Sequence[str]) -> list[str]:
        return [
            name
            for name in names
            if run(["rpm", "--query", "--quiet", name], ok=(0, 1)).returncode != 0
        ]

    def _zypper(self, *arguments: str, ok: Sequence[int]) -> None:
        """Run zypper, which waits by itself for another zypper or for PackageKit."""
        run(
            ["zypper", "--non-interactive", "--quiet", *arguments],
            env={"ZYPP_LOCK_TIMEOUT": str(LOCK_SECONDS), "LC_ALL": "C"},
            ok=ok,
        )


class NoPackages:
    """A system without a package manager: its image and the bootstrap script contain everything."""

    def ensure(self, names: Sequence[str]) -> bool:
        """Return False; raise SetUpError if any package is requested."""
        if names:
            raise SetUpError(
                f"This operating system has no package manager to install {', '.join(names)} with."
            )
        return False

    def spare_services(self, root: Path) -> bool:
        """Do nothing: only a restart of the system updates it, and Azure starts none by itself."""
        return False

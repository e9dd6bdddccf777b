"""The paths on a process machine's disk.

A machine's folder holds `machine.json` (what the machine was created with), `init.sock` and
`console.log` of its init, and `root/`, its file tree. There is no chroot: programs of the machine
see the computer's own paths, and a set-up program prefixes its paths with `root`. The stand-ins
import this module too, so it imports little.
"""

from pathlib import Path

SOCKET = "init.sock"
"""A file that exists while the machine runs; one that is found at boot tells of a power cut."""

_DIRECTORIES = tuple(
    (
        "etc/apt etc/default etc/ssh etc/sudoers.d etc/systemd/system home opt root run/systemd "
        "srv tmp usr/bin usr/lib/systemd/system usr/local/bin usr/local/lib usr/local/sbin "
        "usr/sbin usr/share var/cache var/lib/cloud var/lib/dpkg var/lib/machine var/lib/waagent "
        "var/log/journal var/spool var/tmp"
    ).split()
)


class Tree:
    """The paths of one machine. `directory` is absolute."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.root = directory / "root"

    def inside(self, path: str | Path) -> Path:
        """Return the machine's own `path` as a path of the computer: `<root>/etc/motd` for
        `/etc/motd`.

        A path that is already in the tree stays.
        """
        given = Path(path)
        if given.is_relative_to(self.root):
            return given
        return self.root / str(given).lstrip("/")

    def contains(self, path: str | Path) -> bool:
        """Return whether a path of the computer, links resolved, lies in the machine's tree."""
        return Path(path).resolve().is_relative_to(self.root.resolve())

    def outside(self, path: Path) -> str:
        """Return the machine's own name of a path in the tree: the reverse of `inside`."""
        return "/" + str(path.relative_to(self.root))

    def make_directories(self) -> None:
        """Lay out an empty disk."""
        for name in _DIRECTORIES:
            (self.root / name).mkdir(parents=True, exist_ok=True)
        for name in ("tmp", "var/tmp"):
            (self.root / name).chmod(0o1777)
        (self.root / "root").chmod(0o700)

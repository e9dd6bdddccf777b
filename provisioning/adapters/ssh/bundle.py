"""The machine program as one archive."""

import gzip
import hashlib
import io
import tarfile
from functools import cached_property
from pathlib import Path

from provisioning.machine.notebook_setup.version import version_of

_LEFT_OUT = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})

BASE = ".notebook-bot"
"""The bot's folder in the admin user's home."""


class MachineBundle:
    """The files of `folder`, packed into the same bytes for the same content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def archive(self) -> bytes:
        """The folder's content as a gzipped tar, without caches, owners and times."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for path in sorted(self._folder.rglob("*")):
                relative = path.relative_to(self._folder)
                if _LEFT_OUT.intersection(relative.parts) or path.suffix == ".pyc":
                    continue
                tar.add(path, str(relative), recursive=False, filter=_plain)
        return gzip.compress(packed.getvalue(), compresslevel=6, mtime=0)

    @cached_property
    def version(self) -> str:
        """The version that a machine has after a set-up or an update by this folder."""
        return version_of(self._folder)

    @cached_property
    def directory(self) -> str:
        """The content's path on a machine, relative to the admin's home; named by its hash."""
        return f"{BASE}/machine-{hashlib.sha256(self.archive).hexdigest()[:16]}"


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mtime = 0
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member

"""Where everything lies on Windows: in one folder of ProgramData, where the access of each part
is set by the set-up and not by a profile that Windows makes later."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..layout import Layout


@dataclass(frozen=True)
class WindowsLayout(Layout):
    """As on Linux, in Windows's places."""

    @property
    def base(self) -> Path:
        """Administrators write, the users of the machine read."""
        return self.root / "ProgramData/notebook"

    @property
    def uv_program(self) -> Path:
        """Put there by the bootstrap."""
        return self.uv / "uv.exe"

    @property
    def python(self) -> Path:
        """The environment's interpreter. Never run it as administrator."""
        return self.environment / "Scripts/python.exe"

    @property
    def settings(self) -> Path:
        """Readable for the notebook user."""
        return self.base / "settings"

    @property
    def ssh(self) -> Path:
        """OpenSSH's own."""
        return self.root / "ProgramData/ssh"

    @property
    def private(self) -> Path:
        """For administrators alone."""
        return self.base / "private"

    @property
    def probe_token(self) -> Path:
        """In a folder of its own kind, since a file has no mode here."""
        return self.private / "probe-token"

    @property
    def state(self) -> Path:
        """The notebook user's."""
        return self.base / "state"

    @property
    def home(self) -> Path:
        """The notebook user's, and not its profile, which Windows makes at the first sign-in."""
        return self.base / "home"

    @property
    def runtime(self) -> Path:
        """Connection files; the notebook user's."""
        return self.base / "runtime"

    @property
    def exchange(self) -> Path:
        """What programs that run as the notebook user are asked and answer, for as long."""
        return self.base / "exchange"

    @property
    def units(self) -> Path:
        """What the tasks run."""
        return self.base / "services"

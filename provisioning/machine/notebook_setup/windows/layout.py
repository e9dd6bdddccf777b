"""The paths of all files and folders on Windows.

All of them are in one folder of ProgramData, where the set-up sets the access of each part. A
user's profile would not do: Windows makes it only at the first sign-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..layout import Layout


@dataclass(frozen=True)
class WindowsLayout(Layout):
    """All paths below `root`, on Windows."""

    @property
    def base(self) -> Path:
        """Folder that administrators may write and the machine's users may read."""
        return self.root / "ProgramData/notebook"

    @property
    def uv_program(self) -> Path:
        """uv itself, which the bootstrap script installs."""
        return self.uv / "uv.exe"

    def python_of(self, environment: Path) -> Path:
        """Return the interpreter of an environment."""
        return environment / "Scripts/python.exe"

    @property
    def settings(self) -> Path:
        """Folder of the settings, which the notebook user may read."""
        return self.base / "settings"

    @property
    def ssh(self) -> Path:
        """Folder of OpenSSH's configuration and host keys."""
        return self.root / "ProgramData/ssh"

    @property
    def private(self) -> Path:
        """Folder for administrators alone."""
        return self.base / "private"

    @property
    def setup_log(self) -> Path:
        """The log of the last set-up, for administrators alone."""
        return self.private / "setup.log"

    @property
    def probe_token(self) -> Path:
        """The probe's token, protected by its folder since files have no mode on Windows."""
        return self.private / "probe-token"

    @property
    def choice_keys(self) -> Path:
        """The keys that prove members' own passwords, protected by their folder."""
        return self.private / "choice-keys.json"

    @property
    def state(self) -> Path:
        """Folder of the server's state, which the notebook user owns."""
        return self.base / "state"

    @property
    def home(self) -> Path:
        """The notebook user's home, which is not the profile that Windows makes for the account."""
        return self.base / "home"

    @property
    def runtime(self) -> Path:
        """Folder of connection files, which the notebook user owns."""
        return self.base / "runtime"

    @property
    def exchange(self) -> Path:
        """Folder of requests and answers of programs that run as the notebook user."""
        return self.base / "exchange"

    @property
    def units(self) -> Path:
        """Folder of the service definitions that the scheduled tasks read."""
        return self.base / "services"

"""The state that a Windows machine keeps over a reboot, as one JSON file on its disk.

Only the machine's init writes it: users and groups, services, firewall rules, port proxies, tasks,
access lists.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ADMINISTRATORS = "S-1-5-32-544"
USERS = "S-1-5-32-545"
PERFORMANCE_LOG_USERS = "S-1-5-32-559"
SYSTEM = "S-1-5-18"

_GROUPS = (ADMINISTRATORS, USERS, PERFORMANCE_LOG_USERS)
_OPENED_BY_AZURE = ("RemoteDesktop-UserMode-In-TCP", "WINRM-HTTP-In-TCP-PUBLIC", "CoreNet-DHCP-In")
_SSHD_IN_THE_IMAGE = "2025"


class State:
    """Sections by name; call `save` after a change."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.sections: dict[str, dict[str, Any]] = {}
        if file.exists():
            self.sections = json.loads(file.read_text())

    @property
    def is_new(self) -> bool:
        """Whether this disk has never booted."""
        return not self.sections

    def install(self, image: str, admin: str) -> None:
        """Set the state of the image, and the administrator that Azure makes."""
        self.sections = {
            "users": {"SYSTEM": {}, admin: {"description": "Built-in account", "password": True}},
            "groups": {sid: [] for sid in _GROUPS} | {ADMINISTRATORS: ["SYSTEM", admin]},
            "services": {},
            "rules": {name: rule("Inbound", "TCP", "", "Allow") for name in _OPENED_BY_AZURE},
            "proxies": {},
            "tasks": {},
            "access": {},
        }
        if _SSHD_IN_THE_IMAGE in image:
            self.add_sshd()
        self.save()

    def add_sshd(self) -> None:
        """Add OpenSSH: off, with a rule for private networks only, as on Server 2025."""
        self["services"].setdefault("sshd", {"start": "Manual", "running": False})
        private = rule("Inbound", "TCP", "22", "Allow", profile="Private")
        self["rules"].setdefault("OpenSSH-Server-In-TCP", private)
        self.save()

    def __getitem__(self, name: str) -> dict[str, Any]:
        return self.sections[name]

    def save(self) -> None:
        """Write the whole file."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self.sections, indent=1))
        new.replace(self._file)


def rule(
    direction: str, protocol: str, port: str, action: str, *, profile: str = "Any"
) -> dict[str, Any]:
    """Return a firewall rule that is on."""
    return {
        "Direction": direction,
        "Protocol": protocol,
        "LocalPort": port,
        "Action": action,
        "Profile": profile,
        "Enabled": "True",
        "DisplayName": "",
    }

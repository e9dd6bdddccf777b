"""SSH for the people of a server: as the notebooks' user, by the keys that the bot knows.

All of them are one user of the system. Whose an open session is, the SSH server's own journal
tells: it names the key of each sign-in.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Protocol

from .commands import run
from .files import ensure_file, render
from .layout import Layout
from .services import ServiceManager
from .specification import SpecificationError

_KEY = re.compile(r"[a-z0-9@.-]{1,60} [A-Za-z0-9+/]{1,2000}={0,2}")
_INCLUDE = re.compile(r"^\s*Include\s+\S*sshd_config\.d/\*\.conf", re.IGNORECASE | re.MULTILINE)
_SIGNED_IN = re.compile(r"^Accepted publickey for .* ssh2: \S+ (SHA256:\S+)", re.MULTILINE)
_ANY_STATUS = range(256)  # a session may have ended by itself
_SETTLES = 1.0
"""Seconds within which a sign-in that had read the older keys shows up as a session."""


class MemberSsh(Protocol):
    """One operating system's way."""

    def ensure(
        self, user: str, layout: Layout, assets: Path, services: ServiceManager, service: str
    ) -> bool:
        """The user comes in by the list of keys alone; `service` is the SSH server's."""
        ...

    def admit(self, user: str, layout: Layout, keys: Sequence[str]) -> bool:
        """Let in who has one of these keys ("algorithm base64"); open sessions by others end."""
        ...


class OpenSsh:
    """Linux's."""

    def ensure(
        self, user: str, layout: Layout, assets: Path, services: ServiceManager, service: str
    ) -> bool:
        """By a file of its own beside the SSH server's configuration."""
        changed = False
        if not layout.member_keys.is_file():
            changed = ensure_file(layout.member_keys, "")
        template = (assets / "notebook-sshd.conf").read_text(encoding="utf-8")
        keys = str(layout.member_keys).replace("%", "%%")
        rules = render(template, {"user": user, "keys": keys})
        due = layout.settings / "ssh-reload-due"  # stays where a run is killed before the reload
        file = layout.ssh / "sshd_config.d/10-notebook.conf"
        if not _is(file, rules) or not _includes_more(layout):
            due.touch()
            ensure_file(file, rules)
            _include_more(layout)
        if due.exists():
            services.reload(service)
            due.unlink()
            changed = True
        return changed

    def admit(self, user: str, layout: Layout, keys: Sequence[str]) -> bool:
        """The list first, so that nobody comes back."""
        for key in keys:
            if not _KEY.fullmatch(key):
                raise SpecificationError("keys must be lines of a public key without a comment.")
        lines = "".join(f"{key}\n" for key in sorted(set(keys)))
        before = layout.member_keys.read_text() if layout.member_keys.is_file() else ""
        changed = ensure_file(layout.member_keys, lines)
        allowed = {fingerprint(key) for key in keys}
        _end_others(user, allowed)
        if set(before.splitlines()) - set(lines.splitlines()):
            time.sleep(_SETTLES)
            _end_others(user, allowed)
        return changed


class NoMemberSsh:
    """A system whose SSH server lets the bot in alone."""

    def ensure(
        self, user: str, layout: Layout, assets: Path, services: ServiceManager, service: str
    ) -> bool:
        """Nothing to do."""
        return False

    def admit(self, user: str, layout: Layout, keys: Sequence[str]) -> bool:
        """Nobody comes in, whatever key they have."""
        return False


def fingerprint(key: str) -> str:
    """As OpenSSH writes it."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _is(file: Path, content: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == content


def _includes_more(layout: Layout) -> bool:
    """Whether the SSH server reads the folder of more configuration. Where it has no file of
    its own, its built-in configuration does."""
    main = layout.ssh / "sshd_config"
    return not main.is_file() or bool(_INCLUDE.search(main.read_text(encoding="utf-8")))


def _include_more(layout: Layout) -> None:
    main = layout.ssh / "sshd_config"
    if not _includes_more(layout):
        mode = main.stat().st_mode & 0o7777
        include = f"Include {layout.ssh}/sshd_config.d/*.conf\n"
        ensure_file(main, include + main.read_text(encoding="utf-8"), mode)


def _end_others(user: str, allowed: Collection[str]) -> None:
    """End the user's SSH sessions whose key is not allowed, or not known: all that runs in
    them, and forwardings without a program too."""
    listed = run(["loginctl", "list-sessions", "--no-legend", "--no-pager"]).stdout
    for words in map(str.split, listed.splitlines()):
        if len(words) > 2 and words[2] == user:
            asked = ["loginctl", "show-session", words[0], "-p", "Service", "-p", "Leader"]
            shown = run(asked, ok=_ANY_STATUS).stdout
            session = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
            if session.get("Service") != "sshd" or _key_of(session["Leader"]) in allowed:
                continue
            run(["loginctl", "terminate-session", words[0]], ok=_ANY_STATUS)


def _key_of(leader: str) -> str:
    """The fingerprint by which the process that leads a session signed it in."""
    argv = ["journalctl", "-q", "--no-pager", "-b", "-o", "cat", f"_PID={leader}"]
    found = _SIGNED_IN.findall(run(argv, ok=_ANY_STATUS).stdout)
    return str(found[-1]) if found else ""

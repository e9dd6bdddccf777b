"""SSH for the owner and the members of a server: as the notebook user, with their public keys.

All of them use the same account. The SSH server's journal names the key of each sign-in, so it
tells which member an open session belongs to.
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
_ANY_STATUS = range(256)  # a session may have ended meanwhile
_SETTLES = 1.0
"""Seconds within which a sign-in that has read the older keys appears as a session."""


class MemberSsh(Protocol):
    """The SSH access of members on one operating system."""

    def ensure(
        self, user: str, layout: Layout, assets: Path, services: ServiceManager, service: str
    ) -> bool:
        """Let the user sign in only with the listed keys; `service` is the SSH server's name."""
        ...

    def admit(self, user: str, layout: Layout, keys: Sequence[str]) -> bool:
        """Admit only these keys ("algorithm base64"), and end open sessions of other keys."""
        ...


class OpenSsh:
    """Member SSH on Linux, by OpenSSH and systemd-logind."""

    def ensure(
        self, user: str, layout: Layout, assets: Path, services: ServiceManager, service: str
    ) -> bool:
        """Write a configuration file of our own, and have the SSH server read it."""
        changed = False
        if not layout.member_keys.is_file():
            changed = ensure_file(layout.member_keys, "")
        template = (assets / "notebook-sshd.conf").read_text(encoding="utf-8")
        keys = str(layout.member_keys).replace("%", "%%")
        rules = render(template, {"user": user, "keys": keys})
        due = layout.settings / "ssh-reload-due"  # survives a run that is killed before the reload
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
        """Write the list, then end the other sessions, so that no ended session returns."""
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
    """A system whose SSH server admits only the bot."""

    def ensure(
        self, user: str, layout: Layout, assets: Path, services: ServiceManager, service: str
    ) -> bool:
        """Return False: there is nothing to set up."""
        return False

    def admit(self, user: str, layout: Layout, keys: Sequence[str]) -> bool:
        """Return False: no key is ever admitted."""
        return False


def fingerprint(key: str) -> str:
    """Return a public key's fingerprint in OpenSSH's form."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _is(file: Path, content: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == content


def _includes_more(layout: Layout) -> bool:
    """Return whether the SSH server reads the folder of additional configuration.

    Without a main file the built-in configuration applies, and that one reads the folder.
    """
    main = layout.ssh / "sshd_config"
    return not main.is_file() or bool(_INCLUDE.search(main.read_text(encoding="utf-8")))


def _include_more(layout: Layout) -> None:
    main = layout.ssh / "sshd_config"
    if not _includes_more(layout):
        mode = main.stat().st_mode & 0o7777
        include = f"Include {layout.ssh}/sshd_config.d/*.conf\n"
        ensure_file(main, include + main.read_text(encoding="utf-8"), mode)


def _end_others(user: str, allowed: Collection[str]) -> None:
    """End the user's SSH sessions whose key is not allowed, or not known.

    All programs of such a session end, and so do its port forwardings.
    """
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
    """Return the fingerprint of the key that a session's leading process accepted."""
    argv = ["journalctl", "-q", "--no-pager", "-b", "-o", "cat", f"_PID={leader}"]
    found = _SIGNED_IN.findall(run(argv, ok=_ANY_STATUS).stdout)
    return str(found[-1]) if found else ""

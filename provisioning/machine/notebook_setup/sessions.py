"""Open SSH sessions of members and admins, found by their processes and open connections.

`who` lists only sessions with a terminal, and none on newer systems. A process that outlived its
session still names the connection, so the connection must be open too. The bot's own connection,
which this program runs over, does not count.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .processes import Process, kind, ticks_per_second

_ESTABLISHED = "01"  # include/net/tcp_states.h


def sessions(
    own: Mapping[int, Process], admins: Mapping[int, Process], uptime: float
) -> list[dict[str, Any]]:
    """Return the user and the age in seconds of each open SSH session.

    `own` are the notebook user's processes, `admins` those of the admin account. Only sessions
    with a shell count for the admin account: the bot uses that account too, without a shell.
    """
    shells = {pid: each for pid, each in admins.items() if kind(each.name, each.words) == "shell"}
    ours, open_now = _own_connection(), open_connections()
    began: dict[str, tuple[str, int]] = {}
    for process in (*own.values(), *shells.values()):
        connection = process.environment.get("SSH_CONNECTION", "")
        if connection == ours or connection_key(connection) not in open_now:
            continue
        user = process.environment.get("USER", "")
        earlier = began.get(connection, (user, process.started))
        began[connection] = (user, min(earlier[1], process.started))
    ticks = ticks_per_second()
    return [
        {"user": user, "seconds": round(max(0.0, uptime - started / ticks), 1)}
        for user, started in began.values()
    ]


def connection_key(text: str) -> tuple[str, int, str, int] | None:
    """Return SSH_CONNECTION ("client port server port") as addresses and ports.

    None if the text has another form.
    """
    words = text.split()
    if len(words) != 4:
        return None
    try:
        return _plain(words[0]), int(words[1]), _plain(words[2]), int(words[3])
    except ValueError:
        return None


def open_connections(folder: Path = Path("/proc/net")) -> set[tuple[str, int, str, int] | None]:
    """Return (client, client's port, server, server's port) of each established connection."""
    found: set[tuple[str, int, str, int] | None] = set()
    for name in ("tcp", "tcp6"):
        try:
            lines = (folder / name).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue  # no IPv6 on this machine
        for line in lines:
            fields = line.split()
            if fields[3] == _ESTABLISHED:
                found.add((*_endpoint(fields[2]), *_endpoint(fields[1])))
    return found


def _endpoint(text: str) -> tuple[str, int]:
    """Return address and port of an entry, whose words are hexadecimal in native byte order."""
    address, _, port = text.partition(":")
    words = (address[at : at + 8] for at in range(0, len(address), 8))
    raw = b"".join(int(word, 16).to_bytes(4, sys.byteorder) for word in words)
    return _plain(str(ipaddress.ip_address(raw))), int(port, 16)


def _plain(text: str) -> str:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def _own_connection() -> str:
    """Return the SSH connection that this program runs over.

    sudo removes the variable from this process, so an ancestor's environment names it.
    """
    return _first(_ancestors())


def _first(pids: Iterable[int]) -> str:
    for pid in pids:
        try:
            data = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        for part in data.split(b"\0"):
            name, _, value = part.partition(b"=")
            if name == b"SSH_CONNECTION":
                return value.decode(errors="replace")
    return "none"


def _ancestors() -> Iterable[int]:
    pid = os.getpid()
    while pid > 1:
        yield pid
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        pid = int(text.rpartition(")")[2].split()[1])

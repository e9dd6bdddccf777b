"""Cmdlets for firewall rules."""

from __future__ import annotations

import re

from bot.sandbox.machines.process.windows.binding import Arguments, Cmdlet
from bot.sandbox.machines.process.windows.cmdlets.asking import ask_init
from bot.sandbox.machines.process.windows.session import Session
from bot.sandbox.machines.process.windows.values import PowerShellError, Record, Value, as_list

_LAST_PORT = 65535
_USER = re.compile(r"D:\(A;;CC;;;S-1-[\d-]+\)")
_PROFILES = ("Any", "Domain", "Private", "Public")


def _get(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    names = as_list(given["name"])
    return [Record(each) for name in names for each in ask_init(session, "rules", name=name)]


def _new(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    port = given.get("localport")
    if port is not None and not 0 < port <= _LAST_PORT:
        raise PowerShellError(f"The port {port} is invalid.")
    if not _USER.fullmatch(given.get("localuser", "D:(A;;CC;;;S-1-1-0)")):
        raise PowerShellError(f"The security descriptor {given['localuser']} is invalid.")
    ask_init(
        session,
        "new_rule",
        name=given["name"],
        DisplayName=given["displayname"],
        Direction=given["direction"],
        Protocol=given.get("protocol", "Any"),
        LocalPort="" if port is None else str(port),
        RemoteAddress=given.get("remoteaddress", ["Any"]),
        LocalUser=given.get("localuser", "Any"),
        Action=given["action"],
        Profile=given.get("profile", "Any"),
        Enabled="True",
    )
    return _get(session, given, items)


def _disable(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    names = [item["Name"] for item in items] or given.get("name", [])
    if not names:
        raise PowerShellError("Disable-NetFirewallRule needs rules: by -Name or the pipeline")
    for name in names:
        ask_init(session, "disable_rule", name=name)
    return []


CMDLETS = (
    Cmdlet("Get-NetFirewallRule", _get, {"name": "string[]"}, (), ("name",)),
    Cmdlet(
        "New-NetFirewallRule",
        _new,
        {
            "name": "string",
            "displayname": "string",
            "direction": "string",
            "protocol": "string",
            "localport": "int",
            "action": "string",
            "profile": "string",
            "remoteaddress": "string[]",
            "localuser": "string",
        },
        (),
        ("name", "displayname", "direction", "action"),
        {
            "direction": ("Inbound", "Outbound"),
            "protocol": ("TCP", "UDP"),
            "action": ("Allow", "Block"),
            "profile": _PROFILES,
        },
    ),
    Cmdlet("Disable-NetFirewallRule", _disable, {"name": "string[]"}),
)

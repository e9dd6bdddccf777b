"""Cmdlets for users, services, processes and the machine itself."""

from __future__ import annotations

import os
from datetime import datetime

from bot.sandbox.machines.process.windows.binding import ANY, SWITCH, Arguments, Cmdlet
from bot.sandbox.machines.process.windows.cmdlets.asking import ask_init, record
from bot.sandbox.machines.process.windows.session import Session
from bot.sandbox.machines.process.windows.values import PowerShellError, Record, Value, text

_SHORTEST_PASSWORD, _LONGEST_PASSWORD = 8, 127


def _secure(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    if not (given.get("asplaintext") and given.get("force")):
        raise PowerShellError(
            "this stand-in makes secure strings only from plain text, with -AsPlainText -Force"
        )
    return [Record({"SecureString": text(given["string"])})]


def _get_user(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    return [record(session, "user", name=given["name"])]


def _new_user(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    password = given["password"]
    if not isinstance(password, Record) or "SecureString" not in password:
        raise PowerShellError("Cannot bind parameter 'Password': it is not a secure string.")
    if not _is_complex(password["SecureString"]):
        raise PowerShellError(
            "Unable to update the password. The value provided for the new password does not meet "
            "the length, complexity, or history requirements of the domain."
        )
    description = given.get("description", "")
    ask_init(session, "new_user", name=given["name"], description=description)
    return [record(session, "user", name=given["name"])]


def _is_complex(password: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit, lambda each: not each.isalnum())
    enough = sum(any(kind(each) for each in password) for kind in kinds) >= 3
    return enough and _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD


def _join(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    ask_init(session, "join", sid=given["sid"], name=given["member"])
    return []


def _get_service(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    return [record(session, "service", name=given["name"])]


def _set_service(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    ask_init(session, "service", name=given["name"], start=given["startuptype"])
    return []


def _restart_service(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    ask_init(session, "restart_service", name=given["name"])
    return []


def _add_capability(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    if not given.get("online"):
        raise PowerShellError("this stand-in changes only the running system: use -Online")
    ask_init(session, "capability", name=given["name"])
    return [Record({"Online": True, "RestartNeeded": False})]


def _processes(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    """Return the processes with their users, as an elevated session sees them."""
    computer = session.environ["COMPUTERNAME"]
    return [
        Record(
            {
                "Id": each["Id"],
                "ProcessName": each["Name"],
                "UserName": f"{computer}\\{each['UserName']}",
                "CPU": each["CPU"],
                "StartTime": datetime.fromtimestamp(each["StartTime"]).astimezone(),
            }
        )
        for each in ask_init(session, "processes")
    ]


def _instances(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    """Return the objects of the four classes that a probe asks for."""
    kind = given["classname"].lower()
    if kind == "win32_process":
        return [
            Record(
                {
                    "ProcessId": each["Id"],
                    "Name": each["Name"],
                    "CommandLine": each["CommandLine"],
                    "SessionId": each["SessionId"],
                    "ParentProcessId": each["ParentProcessId"],
                }
            )
            for each in ask_init(session, "processes")
        ]
    if kind == "win32_processor":
        cores = os.cpu_count() or 1
        return [Record({"LoadPercentage": min(100, round(os.getloadavg()[0] / cores * 100))})]
    if kind == "win32_perfformatteddata_perfos_system":
        return [Record({"SystemUpTime": ask_init(session, "uptime")})]
    if kind == "win32_logicaldisk":
        disk = ask_init(session, "disk")
        drive, size, free = session.environ["SystemDrive"], disk["size"], disk["free"]
        return [Record({"DeviceID": drive, "Size": size, "FreeSpace": free})]
    raise PowerShellError(f"this stand-in does not know the class {given['classname']}")


def _partition(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    """Be Get-Partition and Get-PartitionSupportedSize."""
    return [record(session, "partition", letter=given["driveletter"])]


def _resize(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    ask_init(session, "resize_partition", letter=given["driveletter"], size=given["size"])
    return []


_LETTER = {"driveletter": "string"}
CMDLETS = (
    Cmdlet("Get-Partition", _partition, _LETTER, (), ("driveletter",)),
    Cmdlet("Get-PartitionSupportedSize", _partition, _LETTER, (), ("driveletter",)),
    Cmdlet("Resize-Partition", _resize, {**_LETTER, "size": ANY}, (), ("driveletter", "size")),
    Cmdlet(
        "ConvertTo-SecureString",
        _secure,
        {"string": "string", "asplaintext": SWITCH, "force": SWITCH},
        ("string",),
        ("string",),
    ),
    Cmdlet("Get-LocalUser", _get_user, {"name": "string"}, ("name",), ("name",)),
    Cmdlet(
        "New-LocalUser",
        _new_user,
        {
            "name": "string",
            "password": ANY,
            "description": "string",
            "passwordneverexpires": SWITCH,
            "accountneverexpires": SWITCH,
            "usermaynotchangepassword": SWITCH,
        },
        ("name",),
        ("name", "password"),
    ),
    Cmdlet(
        "Add-LocalGroupMember", _join, {"sid": "string", "member": "string"}, (), ("sid", "member")
    ),
    Cmdlet("Get-Service", _get_service, {"name": "string"}, ("name",), ("name",)),
    Cmdlet(
        "Set-Service",
        _set_service,
        {"name": "string", "startuptype": "string"},
        ("name",),
        ("name", "startuptype"),
        {"startuptype": ("Automatic", "Manual", "Disabled")},
    ),
    Cmdlet(
        "Restart-Service",
        _restart_service,
        {"name": "string", "force": SWITCH},
        ("name",),
        ("name",),
    ),
    Cmdlet(
        "Add-WindowsCapability",
        _add_capability,
        {"online": SWITCH, "name": "string"},
        (),
        ("name",),
    ),
    Cmdlet("Get-Process", _processes, {"includeusername": SWITCH}, (), ("includeusername",)),
    Cmdlet("Get-CimInstance", _instances, {"classname": "string"}, ("classname",), ("classname",)),
)

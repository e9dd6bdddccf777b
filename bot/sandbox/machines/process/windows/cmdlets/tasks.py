"""Cmdlets for scheduled tasks: the four kinds of part, and the tasks themselves."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox.machines.process.windows.binding import ANY, SWITCH, Arguments, Cmdlet
from bot.sandbox.machines.process.windows.cmdlets.asking import ask_init, record
from bot.sandbox.machines.process.windows.session import Session
from bot.sandbox.machines.process.windows.values import PowerShellError, Record, Value

_DEFAULT_LIMIT = timedelta(hours=72)
_SHORTEST_RESTART = timedelta(minutes=1)
_MOST_RESTARTS = 999


def _action(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    directory = given.get("workingdirectory") or session.environ["SystemRoot"]
    return [
        Record(
            {
                "Execute": given["execute"],
                "Arguments": given.get("argument", ""),
                "WorkingDirectory": directory,
            }
        )
    ]


def _trigger(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    return [Record({"Trigger": "AtStartup"})]


def _principal(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    return [Record({"UserId": given["userid"], "RunLevel": given.get("runlevel", "Limited")})]


def _settings(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    count, interval = given.get("restartcount", 0), given.get("restartinterval")
    if (count > 0) != (interval is not None):
        raise PowerShellError("-RestartCount and -RestartInterval go together.")
    if interval is not None and interval < _SHORTEST_RESTART:
        raise PowerShellError("The task XML contains a value which is out of range: Interval.")
    if not 0 <= count <= _MOST_RESTARTS or not 0 <= given.get("priority", 7) <= 10:
        raise PowerShellError("The task XML contains a value which is out of range.")
    limit = given.get("executiontimelimit", _DEFAULT_LIMIT)
    return [
        Record(
            {
                "RestartCount": count,
                "RestartMinutes": (interval or timedelta()).total_seconds() / 60,
                "LimitMinutes": limit.total_seconds() / 60,
                "Priority": given.get("priority", 7),
            }
        )
    ]


def _register(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    action, settings, principal = given["action"], given["settings"], given["principal"]
    task = {
        "user": principal["UserId"].rpartition("\\")[2],
        "run_level": principal["RunLevel"],
        "execute": action["Execute"],
        "arguments": action["Arguments"],
        "directory": action["WorkingDirectory"],
        "at_startup": given.get("trigger") is not None,
        "description": given.get("description", ""),
        "settings": settings,
    }
    force = bool(given.get("force"))
    ask_init(session, "register", name=given["taskname"], task=task, force=force)
    return [record(session, "task", name=given["taskname"])]


def _get(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    return [record(session, "task", name=given["taskname"])]


def _start(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    ask_init(session, "start_task", name=given["taskname"])
    return []


def _stop(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    ask_init(session, "stop_task", name=given["taskname"])
    return []


def _unregister(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    if given.get("confirm") is not False:
        raise PowerShellError("it would wait for an answer: use -Confirm:$false")
    ask_init(session, "unregister", name=given["taskname"])
    return []


_NAME = {"taskname": "string"}

CMDLETS = (
    Cmdlet(
        "New-ScheduledTaskAction",
        _action,
        {"execute": "string", "argument": "string", "workingdirectory": "string"},
        (),
        ("execute",),
    ),
    Cmdlet("New-ScheduledTaskTrigger", _trigger, {"atstartup": SWITCH}, (), ("atstartup",)),
    Cmdlet(
        "New-ScheduledTaskPrincipal",
        _principal,
        {"userid": "string", "logontype": "string", "runlevel": "string"},
        (),
        ("userid", "logontype"),
        {"logontype": ("S4U",), "runlevel": ("Limited", "Highest")},
    ),
    Cmdlet(
        "New-ScheduledTaskSettingsSet",
        _settings,
        {
            "executiontimelimit": ANY,
            "restartcount": "int",
            "restartinterval": ANY,
            "priority": "int",
            "multipleinstances": "string",
            "startwhenavailable": SWITCH,
            "allowstartifonbatteries": SWITCH,
            "dontstopifgoingonbatteries": SWITCH,
        },
        (),
        (),
        {"multipleinstances": ("IgnoreNew",)},
    ),
    Cmdlet(
        "Register-ScheduledTask",
        _register,
        {
            **_NAME,
            "action": ANY,
            "trigger": ANY,
            "principal": ANY,
            "settings": ANY,
            "description": "string",
            "force": SWITCH,
        },
        (),
        ("taskname", "action", "principal", "settings"),
    ),
    Cmdlet("Get-ScheduledTask", _get, _NAME, (), ("taskname",)),
    Cmdlet("Get-ScheduledTaskInfo", _get, _NAME, (), ("taskname",)),
    Cmdlet("Start-ScheduledTask", _start, _NAME, (), ("taskname",)),
    Cmdlet("Stop-ScheduledTask", _stop, _NAME, (), ("taskname",)),
    Cmdlet(
        "Unregister-ScheduledTask", _unregister, {**_NAME, "confirm": "bool"}, (), ("taskname",)
    ),
)

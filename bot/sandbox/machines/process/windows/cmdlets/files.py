"""Cmdlets for files and folders of the machine.

A path outside the machine's tree is refused: it would be a file of this computer.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from pathlib import Path

from bot.sandbox.machines.process.windows import programs
from bot.sandbox.machines.process.windows.binding import SWITCH, Arguments, Cmdlet
from bot.sandbox.machines.process.windows.session import Session
from bot.sandbox.machines.process.windows.values import (
    PowerShellError,
    Record,
    Value,
    as_list,
    text,
)


def _inside(session: Session, value: Value) -> Path:
    path = Path(os.path.normpath(session.path(value)))
    if not path.is_relative_to(session.tree.root):
        raise PowerShellError(f"Cannot find path '{text(value)}' because it does not exist.")
    return path


def _there(session: Session, value: Value) -> Path:
    path = _inside(session, value)
    if not path.exists():
        raise PowerShellError(f"Cannot find path '{path}' because it does not exist.")
    return path


def _join(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    child = text(given["childpath"]).replace("\\", "/").lstrip("/")
    return [f"{text(given['path']).rstrip('/')}/{child}"]


def _test(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    return [_inside(session, given["path"]).exists()]


def _new(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    path = _inside(session, given["path"])
    if path.exists() and not given.get("force"):
        raise PowerShellError(f"An item with the specified name {path} already exists.")
    path.mkdir(parents=True, exist_ok=True)
    return [Record({"FullName": str(path)})]


def _read(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    content = _there(session, given["path"]).read_text(encoding="utf-8")
    return [content] if given.get("raw") else list(content.splitlines())


def _hash(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    digest = hashlib.sha256(_there(session, given["path"]).read_bytes()).hexdigest()
    return [Record({"Algorithm": "SHA256", "Hash": digest.upper()})]


def _remove(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    for each in as_list(given["path"]):
        path = _there(session, each)
        if path.is_dir():
            if not given.get("recurse"):
                raise PowerShellError(f"{path} has children and -Recurse was not specified.")
            shutil.rmtree(path)
        else:
            path.unlink()
    return []


def _move(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    source, target = _there(session, given["path"]), _inside(session, given["destination"])
    if target.is_dir():
        target = target / source.name
    if target.exists() and not given.get("force"):
        raise PowerShellError("Cannot create a file when that file already exists.")
    source.replace(target)
    return []


def _expand(session: Session, given: Arguments, items: list[Value]) -> list[Value]:
    archive = _there(session, given["path"])
    if archive.suffix != ".zip":
        raise PowerShellError(f"{archive.suffix} is not a supported archive file format.")
    target = _inside(session, given["destinationpath"])
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(target)
    for file in target.rglob("*.exe"):
        programs.make_runnable(session.tree, file)
    return []


CMDLETS = (
    Cmdlet(
        "Join-Path",
        _join,
        {"path": "string", "childpath": "string"},
        ("path", "childpath"),
        ("path", "childpath"),
    ),
    Cmdlet("Test-Path", _test, {"path": "string"}, ("path",), ("path",)),
    Cmdlet(
        "New-Item",
        _new,
        {"itemtype": "string", "path": "string", "force": SWITCH},
        (),
        ("itemtype", "path"),
        {"itemtype": ("Directory",)},
    ),
    Cmdlet("Get-Content", _read, {"path": "string", "raw": SWITCH}, ("path",), ("path",)),
    Cmdlet(
        "Get-FileHash",
        _hash,
        {"path": "string", "algorithm": "string"},
        ("path",),
        ("path", "algorithm"),
        {"algorithm": ("SHA256",)},
    ),
    Cmdlet(
        "Remove-Item",
        _remove,
        {"path": "string[]", "recurse": SWITCH, "force": SWITCH},
        ("path",),
        ("path",),
    ),
    Cmdlet(
        "Move-Item",
        _move,
        {"path": "string", "destination": "string", "force": SWITCH},
        ("path", "destination"),
        ("path", "destination"),
    ),
    Cmdlet(
        "Expand-Archive",
        _expand,
        {"path": "string", "destinationpath": "string", "force": SWITCH},
        ("path",),
        ("path", "destinationpath"),
    ),
)

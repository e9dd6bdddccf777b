"""The subcommands: what each reads, and how it ends."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from .activity import activity
from .adapters import System, adapters_of, system_of
from .apply import Apply
from .certificate import place_certificate
from .commands import keep_open_in_children, kept_log, log
from .configuration import SOURCE, ensure_library, read_machine
from .errors import NotYetError, SetUpError
from .events import Reporter
from .export import export, notebooks
from .files import ensure_file
from .graph import StepFailedError
from .host_key import ensure_host_key
from .identity import admit, give_link, hold, plant_password, revoke
from .layout import Layout
from .logs import last_lines
from .output import last_output
from .python_packages import name_of, set_packages
from .repository import clone
from .specification import (
    Specification,
    SpecificationError,
    absolute_root,
    parse_platform,
    parse_tls,
)
from .users import NotebookUser
from .verification import verify

MOST_LINES = 1000
FIRST_CELL_SECONDS = 90.0

REMEMBERED = SOURCE.parent / "installed.json"
"""Where `apply` keeps the root, for the other subcommands: beside the uploaded folder."""


def main(arguments: list[str]) -> int:
    """Run one subcommand; the exit status."""
    reporter = Reporter()
    command = _COMMANDS.get(arguments[0]) if len(arguments) == 1 else None
    if command is None:
        reporter.emit("failed", step="", reason=f"Use one of: {', '.join(_COMMANDS)}.", detail="")
        return 2
    os.umask(0o022)
    try:
        command(_read(), reporter)
    except NotYetError as error:
        log(error.detail)
        reporter.emit("not-yet", reason=error.reason)
        return 1
    except SetUpError as error:
        log(traceback.format_exc())
        step = error.step if isinstance(error, StepFailedError) else arguments[0]
        reporter.emit("failed", step=step, reason=error.reason, detail=error.detail)
        return 1
    except Exception as error:
        log(traceback.format_exc())
        reason = f"The set-up program has an error: {error!r}."
        reporter.emit("failed", step=arguments[0], reason=reason, detail=repr(error))
        return 1
    return 0


def _apply(data: Mapping[str, Any], reporter: Reporter) -> None:
    specification = Specification.parse(data)
    adapters = adapters_of(specification.platform)
    layout = adapters.system.layout(specification.root)
    layout.base.mkdir(mode=0o755, parents=True, exist_ok=True)
    with _locked(layout.lock):
        where = {"root": str(layout.root), "os": specification.platform.os}
        ensure_file(REMEMBERED, json.dumps(where))
        with kept_log(layout.setup_log):
            Apply(specification, layout, adapters, reporter).run()


def _host_key(data: Mapping[str, Any], reporter: Reporter) -> None:
    platform = parse_platform(data.get("platform"))
    adapters = adapters_of(platform)
    layout = adapters.system.layout(absolute_root(str(data.get("root", "/"))))
    changed = ensure_host_key(
        layout, data.get("private"), data.get("public"), adapters.system.protect
    )
    adapters.services.reload(platform.ssh_service)
    reporter.emit("host-key", changed=changed)


def _verify(data: Mapping[str, Any], reporter: Reporter) -> None:
    seconds = data.get("seconds", FIRST_CELL_SECONDS)
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or seconds <= 0:
        raise SpecificationError("seconds must be a number above 0.")
    verify(*_user(data), float(seconds), reporter)


def _activity(data: Mapping[str, Any], reporter: Reporter) -> None:
    system, layout = _machine(data)
    reporter.emit("activity", **activity(layout, system.probe))


def _password(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = _user(data)
    person, password_hash = _person(data), data.get("hash")
    if not isinstance(password_hash, str) or not password_hash.startswith("$argon2id$"):
        raise SpecificationError("hash must be an argon2id hash.")
    plant_password(user, layout, person, password_hash, _seconds(data.get("expires_at")))
    reporter.emit("password", ok=True)


def _link(data: Mapping[str, Any], reporter: Reporter) -> None:
    (user, layout), digest = _user(data), data.get("sha256")
    if not isinstance(digest, str) or len(digest) != 64:
        raise SpecificationError("sha256 must be 64 characters.")
    ensure_library(layout)
    given = give_link(user, layout, _person(data)[0], digest, _seconds(data.get("use_until")))
    reporter.emit("link", given=given)


def _certificate(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = _user(data)
    tls = parse_tls({"mode": "organisation", **data})
    placed = place_certificate(user, layout, tls.certificate, tls.key)
    reporter.emit("certificate", sha256=placed.sha256, changed=placed.changed)


def _revoke(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = _user(data)
    was_there = revoke(user, layout, _person(data)[0])
    reporter.emit("revoked", ok=True, was_there=was_there)


def _admit(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = _user(data)
    people = data.get("people")
    if not isinstance(people, list) or not people or not all(isinstance(p, str) for p in people):
        raise SpecificationError("people must be a list of one or more ids.")
    ensure_library(layout)  # an older bot may have set this machine up
    changed = admit(user, layout, people)
    changed |= _admit_keys(data, user, layout)
    reporter.emit("admitted", ok=True, changed=changed)


def _admit_keys(data: Mapping[str, Any], user: NotebookUser, layout: Layout) -> bool:
    """Over SSH, those who have one of the keys."""
    keys = data.get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise SpecificationError("keys must be a list of public keys.")
    platform = parse_platform(data.get("platform"))
    adapters = adapters_of(platform)
    ssh, assets = adapters.system.member_ssh, SOURCE / "assets"
    changed = ssh.ensure(user.name, layout, assets, adapters.services, platform.ssh_service)
    return ssh.admit(user.name, layout, keys) or changed


def _hold(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = _user(data)
    ensure_library(layout)
    changed = hold(user, layout)
    changed |= _admit_keys({**data, "keys": []}, user, layout)
    reporter.emit("held", ok=True, changed=changed)


def _logs(data: Mapping[str, Any], reporter: Reporter) -> None:
    (_, layout), lines = _machine(data), data.get("lines")
    if not isinstance(lines, int) or isinstance(lines, bool) or not 0 < lines <= MOST_LINES:
        raise SpecificationError(f"lines must be a number from 1 to {MOST_LINES}.")
    services = adapters_of(parse_platform(data.get("platform"))).services
    reporter.emit("logs", **last_lines(layout, services, lines))


def _last_output(data: Mapping[str, Any], reporter: Reporter) -> None:
    _, layout = _machine(data)
    reporter.emit("last-output", **last_output(layout.home))


def _python_packages(data: Mapping[str, Any], reporter: Reporter) -> None:
    (user, layout), wanted = _user(data), data.get("packages")
    if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
        raise SpecificationError("packages must be a list of requirements.")
    for each in wanted:
        name_of(each)
    with _locked(layout.lock):
        changed = set_packages(user, layout, wanted)
    reporter.emit("packages", changed=changed)


def _repository(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = _user(data)
    packages = adapters_of(parse_platform(data.get("platform"))).packages
    ensure_library(layout)
    with _locked(layout.lock):
        changed = clone(user, layout, packages, data)
    reporter.emit("repository", changed=changed)


def _notebooks(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = _user(data)
    ensure_library(layout)
    reporter.emit("notebooks", notebooks=notebooks(user, layout))


def _export(data: Mapping[str, Any], reporter: Reporter) -> None:
    (user, layout), notebook = _user(data), data.get("notebook")
    if not isinstance(notebook, str) or not notebook:
        raise SpecificationError("notebook must be a path.")
    ensure_library(layout)
    export(user, layout, notebook, reporter)


_COMMANDS: dict[str, Callable[[Mapping[str, Any], Reporter], None]] = {
    "host-key": _host_key,
    "apply": _apply,
    "verify": _verify,
    "password": _password,
    "link": _link,
    "certificate": _certificate,
    "revoke": _revoke,
    "admit": _admit,
    "hold": _hold,
    "logs": _logs,
    "python-packages": _python_packages,
    "repository": _repository,
    "activity": _activity,
    "last-output": _last_output,
    "notebooks": _notebooks,
    "export": _export,
}


def _read() -> Mapping[str, Any]:
    """The JSON object on standard input; its end need not come."""
    text = ""
    for line in sys.stdin:
        text += line
        with contextlib.suppress(ValueError):
            data = json.loads(text)
            if not isinstance(data, dict):
                break
            return data
    if text.strip():
        raise SpecificationError("Standard input must be one JSON object.")
    return {}


def _machine(data: Mapping[str, Any]) -> tuple[System, Layout]:
    """What `apply` worked on: as given, or as it is remembered."""
    where: Mapping[str, Any] = data
    if "root" not in data or "os" not in data:
        if not REMEMBERED.is_file():
            raise SetUpError("This machine was not set up yet: run apply first.")
        where = {**json.loads(REMEMBERED.read_text(encoding="utf-8")), **data}
    system = system_of(str(where["os"]))
    layout = system.layout(absolute_root(str(where["root"])))
    if not layout.machine_file.is_file():
        raise SetUpError("This machine was not set up yet: run apply first.")
    return system, layout


def _user(data: Mapping[str, Any]) -> tuple[NotebookUser, Layout]:
    """Whom the notebooks run as on that machine."""
    system, layout = _machine(data)
    return system.user(str(read_machine(layout)["user"]), layout), layout


def _person(data: Mapping[str, Any]) -> tuple[str, str]:
    user = data.get("user")
    if not isinstance(user, dict) or not isinstance(user.get("id"), str) or not user["id"]:
        raise SpecificationError("user must have an id.")
    return user["id"], str(user.get("name") or user["id"])


def _seconds(value: object) -> float:
    """A moment as Unix seconds, from the same or from ISO 8601."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    with contextlib.suppress(TypeError, ValueError):
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is not None:
            return moment.timestamp()
    raise SpecificationError("expires_at must be Unix seconds or an ISO time with its zone.")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Wait until no other run, nor a program that a killed one left behind, works here."""
    descriptor = importlib.import_module("notebook_identity.locks").open_locked(path)
    try:
        keep_open_in_children(descriptor)
        yield
    finally:
        os.close(descriptor)

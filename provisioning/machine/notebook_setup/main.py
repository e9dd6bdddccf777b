"""The subcommands of the set-up program: what each one does and reports, and how it ends."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .activity import activity
from .adapters import adapters_of
from .apply import Apply
from .arguments import machine_of, member_of, read_object, remember, seconds_of, user_of
from .certificate import place_certificate
from .commands import keep_open_in_children, kept_log, log
from .configuration import SOURCE, ensure_library, read_machine
from .disk_full import despite_full_disk, lay_reserve
from .errors import INTERNAL_ERROR, NotYetError, SetUpError
from .events import Reporter
from .export import export, files, notebooks
from .graph import StepFailedError
from .host_key import ensure_host_key
from .identity import OneTimePassword, admit, give_link, hold, plant_password, revoke
from .layout import Layout
from .logs import last_lines
from .output import last_output
from .python_packages import name_of, set_packages
from .repair import Repair
from .repository import clone
from .specification import (
    Specification,
    SpecificationError,
    absolute_root,
    parse_platform,
    parse_tls,
)
from .update import Update, is_current
from .users import NotebookUser
from .verification import verify

MOST_LINES = 1000
FIRST_CELL_SECONDS = 90.0


def main(arguments: list[str]) -> int:
    """Run one subcommand and return the exit status: 0, 1 for a failure, 2 for wrong usage."""
    reporter = Reporter()
    command = _COMMANDS.get(arguments[0]) if len(arguments) == 1 else None
    if command is None:
        reason = f"Use one of these subcommands: {', '.join(_COMMANDS)}."
        reporter.emit("failed", step="", reason=reason, detail="")
        return 2
    os.umask(0o022)
    try:
        data = read_object()
        despite_full_disk(lambda: command(data, reporter))
    except NotYetError as error:
        log(error.detail)
        reporter.emit("not-yet", reason=error.reason)
        return 1
    except SetUpError as error:
        log(traceback.format_exc())
        step = error.step if isinstance(error, StepFailedError) else arguments[0]
        reporter.emit(
            "failed", step=step, reason=error.reason, detail=error.detail, code=error.code
        )
        return 1
    except Exception as error:
        log(traceback.format_exc())
        reporter.emit("failed", step=arguments[0], reason=INTERNAL_ERROR, detail=repr(error))
        return 1
    return 0


def _apply(data: Mapping[str, Any], reporter: Reporter) -> None:
    specification = Specification.parse(data)
    adapters = adapters_of(specification.platform)
    layout = adapters.system.layout(specification.root)
    layout.base.mkdir(mode=0o755, parents=True, exist_ok=True)
    with _locked(layout.lock):
        remember(specification, layout)
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
    verify(*user_of(data), float(seconds), reporter)


def _activity(data: Mapping[str, Any], reporter: Reporter) -> None:
    system, layout = machine_of(data)
    reporter.emit("activity", **activity(layout, system.probe))
    lay_reserve()


def _password(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = user_of(data)
    password = OneTimePassword(
        _argon2(data), _sha256(data, "sha256"), _sha256(data, "key"), seconds_of(data, "expires_at")
    )
    plant_password(user, layout, member_of(data), password)
    reporter.emit("password", ok=True)


def _link(data: Mapping[str, Any], reporter: Reporter) -> None:
    (user, layout), digest = user_of(data), _sha256(data, "sha256")
    ensure_library(layout)
    given = give_link(user, layout, member_of(data)[0], digest, seconds_of(data, "use_until"))
    reporter.emit("link", given=given)


def _argon2(data: Mapping[str, Any]) -> str:
    value = data.get("hash")
    if not isinstance(value, str) or not value.startswith("$argon2id$"):
        raise SpecificationError("hash must be an argon2id hash.")
    return value


def _sha256(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise SpecificationError(f"{name} must be 64 hexadecimal digits.")
    return value


def _certificate(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = user_of(data)
    tls = parse_tls({"mode": "organisation", **data})
    placed = place_certificate(user, layout, tls.certificate, tls.key)
    reporter.emit("certificate", sha256=placed.sha256, changed=placed.changed)


def _revoke(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = user_of(data)
    was_there = revoke(user, layout, member_of(data)[0])
    reporter.emit("revoked", ok=True, was_there=was_there)


def _admit(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = user_of(data)
    people = data.get("people")
    if not isinstance(people, list) or not all(isinstance(p, str) for p in people):
        raise SpecificationError("people must be a list of ids.")
    ensure_library(layout)
    changed = admit(user, layout, people)
    changed |= _admit_keys(data, user, layout)
    reporter.emit("admitted", ok=True, changed=changed)


def _admit_keys(data: Mapping[str, Any], user: NotebookUser, layout: Layout) -> bool:
    """Let the holders of the given keys in over SSH, and no other member."""
    keys = data.get("keys")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise SpecificationError("keys must be a list of public keys.")
    platform = parse_platform(data.get("platform"))
    adapters = adapters_of(platform)
    ssh, assets = adapters.system.member_ssh, SOURCE / "assets"
    changed = ssh.ensure(user.name, layout, assets, adapters.services, platform.ssh_service)
    return ssh.admit(user.name, layout, keys) or changed


def _hold(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = user_of(data)
    ensure_library(layout)
    changed = hold(user, layout)
    changed |= _admit_keys({**data, "keys": []}, user, layout)
    reporter.emit("held", ok=True, changed=changed)


def _logs(data: Mapping[str, Any], reporter: Reporter) -> None:
    (_, layout), lines = machine_of(data), data.get("lines")
    if not isinstance(lines, int) or isinstance(lines, bool) or not 0 < lines <= MOST_LINES:
        raise SpecificationError(f"lines must be a number from 1 to {MOST_LINES}.")
    services = adapters_of(parse_platform(data.get("platform"))).services
    reporter.emit("logs", **last_lines(layout, services, lines))


def _grow_disk(data: Mapping[str, Any], reporter: Reporter) -> None:
    system, layout = machine_of(data)
    system.disk_growth.grow(layout.home)
    with ThreadPoolExecutor() as workers:
        probed = system.probe.begin(str(read_machine(layout)["user"]), workers)
        reporter.emit("grown", **probed.space(layout.home))


def _last_output(data: Mapping[str, Any], reporter: Reporter) -> None:
    _, layout = machine_of(data)
    reporter.emit("last-output", **last_output(layout.home))


def _python_packages(data: Mapping[str, Any], reporter: Reporter) -> None:
    (user, layout), wanted = user_of(data), data.get("packages")
    if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
        raise SpecificationError("packages must be a list of requirements.")
    for each in wanted:
        name_of(each)
    with _locked(layout.lock):
        changed = set_packages(user, layout, wanted)
    reporter.emit("packages", changed=changed)


def _update(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = user_of(data)
    adapters = adapters_of(parse_platform(data.get("platform")))
    with _locked(layout.lock):
        # The log of the last real work stays.
        kept = contextlib.nullcontext() if is_current(layout) else kept_log(layout.setup_log)
        with kept:
            done = Update.asked(data, user, layout, adapters).run()
    reporter.emit("updated", **done)


def _repair(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = user_of(data)
    adapters = adapters_of(parse_platform(data.get("platform")))
    with _locked(layout.lock), kept_log(layout.setup_log):
        done = Repair(user, layout, adapters).run()
    reporter.emit("repaired", **done)


def _repository(data: Mapping[str, Any], reporter: Reporter) -> None:
    user, layout = user_of(data)
    packages = adapters_of(parse_platform(data.get("platform"))).packages
    ensure_library(layout)
    with _locked(layout.lock):
        changed = clone(user, layout, packages, data)
    reporter.emit("repository", changed=changed)


def _notebooks(data: Mapping[str, Any], reporter: Reporter) -> None:
    reporter.emit("notebooks", notebooks=notebooks(*user_of(data)))


def _export(data: Mapping[str, Any], reporter: Reporter) -> None:
    (user, layout), notebook = user_of(data), data.get("notebook")
    if not isinstance(notebook, str) or not notebook:
        raise SpecificationError("notebook must be a path.")
    ensure_library(layout)
    export(user, layout, notebook, reporter, as_it_is=data.get("as_it_is") is True)


def _files(data: Mapping[str, Any], reporter: Reporter) -> None:
    files(*user_of(data), data, reporter)


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
    "update": _update,
    "repair": _repair,
    "repository": _repository,
    "activity": _activity,
    "grow-disk": _grow_disk,
    "last-output": _last_output,
    "notebooks": _notebooks,
    "export": _export,
    "files": _files,
}


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of the set-up, after waiting for every other run.

    A program that a killed run left behind also holds the lock.
    """
    descriptor = importlib.import_module("notebook_identity.locks").open_locked(path)
    try:
        keep_open_in_children(descriptor)
        yield
    finally:
        os.close(descriptor)

"""A service manager in one file: starts a unit's command, and remembers its process id."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

STATE, UNITS = Path(os.environ["MACHINE_STATE"]), Path(os.environ["MACHINE_UNITS"])


def values(name: str, key: str) -> list[str]:
    text = (UNITS / name).read_text()
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def pid(name: str) -> int:
    file = STATE / f"{name}.pid"
    number = int(file.read_text()) if file.exists() else 0
    alive = number and Path(f"/proc/{number}/stat").exists()
    state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] if alive else "X"
    return number if state not in {"X", "Z"} else 0


def stop(name: str) -> None:
    number = pid(name)
    if number:
        os.killpg(number, signal.SIGTERM)
    while pid(name):
        time.sleep(0.05)


def start(name: str) -> None:
    environ = dict(os.environ)
    for value in values(name, "Environment"):
        environ.update(word.split("=", 1) for word in shlex.split(value))
    (command,) = values(name, "ExecStart")
    directory = (values(name, "WorkingDirectory") or ["/"])[-1]
    environ["HOME"] = str(UNITS.parents[2] / "home" / (values(name, "User") or ["root"])[-1])
    with (STATE / f"{name}.log").open("ab") as log:
        started = subprocess.Popen(
            shlex.split(command),
            env=environ,
            cwd=directory,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    if values(name, "Type") == ["oneshot"]:
        if started.wait():
            raise SystemExit(f"Job for {name} failed.")
        (STATE / f"{name}.done").touch()
    else:
        (STATE / f"{name}.pid").write_text(str(started.pid))


def main(verb: str, *arguments: str) -> int:
    name = arguments[-1] if arguments else ""
    enabled, done = STATE / f"{name}.enabled", STATE / f"{name}.done"
    if verb == "enable":
        enabled.touch()
    elif verb == "is-enabled":
        return 0 if enabled.exists() else 1
    elif verb == "is-active":
        return 0 if done.exists() or (name and pid(name)) else 3
    elif verb == "restart" or (verb == "start" and "--no-block" not in arguments):
        stop(name)
        start(name)
    return 0


with (STATE / "calls").open("a") as calls:
    calls.write(f"systemctl {' '.join(sys.argv[1:])}\n")
sys.exit(main(*sys.argv[1:]))

"""Run a program and restart it when it ends, on systems without a service manager: `keep.py FILE`.

FILE is a JSON object with `command`, `directory`, `environment`, `log`, `pid_file`, `restart` and
`once`. With `restart` the program is restarted whenever it ends. `once` is a file that marks a
completed run, or "". The environment's Python runs this program, for psutil.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

PAUSE = 2.0
_LARGEST_LOG = 8 * 1024 * 1024


def main() -> None:
    """Keep the program running, or run it once."""
    definition: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    once = Path(definition["once"]) if definition["once"] else None
    if once is not None and once.exists():
        return
    # If an earlier run of this script was killed, its program is still running and holds the port.
    end_earlier(Path(definition["pid_file"]))
    run(definition)
    while definition["restart"]:
        time.sleep(PAUSE)
        run(definition)
    if once is not None:
        once.touch()


def run(definition: dict[str, Any]) -> None:
    """Run the program until it ends."""
    log, pid_file = Path(definition["log"]), Path(definition["pid_file"])
    environ = {**os.environ, **definition["environment"]}
    environ["PATH"] = os.pathsep.join([*definition["path"], environ["PATH"]])
    for folder in (log.parent, pid_file.parent, Path(environ["TEMP"])):
        folder.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.replace(log.with_suffix(".old"))
    with log.open("ab") as output:
        process = subprocess.Popen(
            definition["command"],
            cwd=definition["directory"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        began = psutil.Process(process.pid).create_time()
        pid_file.write_text(json.dumps([process.pid, began]), encoding="utf-8")
        process.wait()


def end_earlier(pid_file: Path) -> None:
    """End the program of an earlier run of this script, with all of its child processes."""
    try:
        pid, began = json.loads(pid_file.read_text(encoding="utf-8"))
        found = psutil.Process(pid)
        if found.create_time() != began:
            return
        family = [found, *found.children(recursive=True)]
    except (OSError, ValueError, psutil.NoSuchProcess):
        return
    for each in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(family, timeout=10)


if __name__ == "__main__":
    main()

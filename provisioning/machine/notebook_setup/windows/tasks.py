"""Services on Windows: scheduled tasks that run `keep.py`, which runs and restarts the program.

They are no Windows services: those must answer the service manager within seconds, and Jupyter
does not.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ..files import ensure_file
from .powershell import has_changed, run_script


class ScheduledTasks:
    """Scheduled tasks; a definition is a JSON file that `keep.py` reads."""

    folder = "windows"

    def unit(self, name: str) -> str:
        """Return the name of the JSON file."""
        return f"{name}.json"

    def escaped(self, value: str) -> str:
        """Return the value as it stands between JSON's quotes."""
        return json.dumps(value)[1:-1]

    def ensure_installed(self, units: Path, name: str, definition: str) -> bool:
        """Write the file, and register the task unless this definition is registered already."""
        file = units / name
        changed = ensure_file(file, definition)
        task = json.loads(definition)["task"]
        startup = ["-AtStartup"] if task["at_startup"] else []
        digest = hashlib.sha256(definition.encode()).hexdigest()
        values: dict[str, str | Path] = {
            "-Name": _task(name),
            "-User": task["user"],
            "-Python": task["python"],
            "-Script": task["keeper"],
            "-Subject": file,
            "-Directory": task["directory"],
            "-Description": digest,
            "-Priority": str(task["priority"]),
        }
        options = [word for pair in values.items() for word in pair]
        return has_changed(run_script("task", *options, *startup)) or changed

    def ensure_enabled(self, name: str) -> bool:
        """Return False: the definition says whether the task starts at boot."""
        return False

    def ensure_running(self, name: str, *, restart: bool) -> bool:
        """Start the task; with `restart` end a running one first."""
        options = ["-Restart"] if restart else []
        return has_changed(run_script("start_task", "-Name", _task(name), *options))

    def reload(self, name: str) -> None:
        """Restart a Windows service (sshd), which reads its files only at its start.

        Open sessions survive, since each has a process of its own.
        """
        run_script("restart_service", "-Name", name)

    def begin(self, name: str) -> None:
        """Start the task; starting one never waits for it."""
        self.ensure_running(name, restart=False)

    def journal(self, units: Path, name: str, lines: int) -> list[str]:
        """Return the last lines of the log file that `keep.py` writes."""
        log = Path(json.loads((units / name).read_text(encoding="utf-8"))["log"])
        text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
        return text.splitlines()[-lines:]


def _task(name: str) -> str:
    return name.removesuffix(".json")

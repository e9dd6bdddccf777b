"""Services on Windows: tasks that run our keeper, which runs the program and starts it again.

Not services of Windows: those must answer its service manager within seconds, which Jupyter
doesn't.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ..files import ensure_file
from .powershell import has_changed, run_script


class ScheduledTasks:
    """A definition is a JSON file that the task's keeper reads."""

    folder = "windows"

    def unit(self, name: str) -> str:
        """What the keeper reads."""
        return f"{name}.json"

    def escaped(self, value: str) -> str:
        """Inside JSON's quotes."""
        return json.dumps(value)[1:-1]

    def ensure_installed(self, units: Path, name: str, definition: str) -> bool:
        """Write the file, and register the task if it is not so registered yet."""
        file = units / name
        changed = ensure_file(file, definition)
        task = json.loads(definition)["task"]
        startup = ["-AtStartup"] if task["at_startup"] else []
        digest = hashlib.sha256(definition.encode()).hexdigest()
        answer = run_script(
            "task", "-Name", _task(name), "-User", task["user"], "-Python", task["python"],
            "-Script", task["keeper"], "-Subject", file, "-Directory", task["directory"],
            "-Description", digest, "-Priority", str(task["priority"]), *startup,
        )  # fmt: skip
        return has_changed(answer) or changed

    def ensure_enabled(self, name: str) -> bool:
        """The definition says whether it starts at boot."""
        return False

    def ensure_running(self, name: str, *, restart: bool) -> bool:
        """Start it, or end it and start it."""
        anew = ["-Restart"] if restart else []
        return has_changed(run_script("start_task", "-Name", _task(name), *anew))

    def reload(self, name: str) -> None:
        """A service of Windows's own (sshd), which reads its files at its start. Sessions that
        are open have processes of their own."""
        run_script("restart_service", "-Name", name)

    def begin(self, name: str) -> None:
        """A task never makes its starter wait."""
        self.ensure_running(name, restart=False)


def _task(name: str) -> str:
    return name.removesuffix(".json")

"""The state of one run of PowerShell: its machine, its environment and its variables."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows.values import PowerShellError, Value, text

_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "null": None}


class Session:
    """One run of a script on one machine.

    `environ` is the environment that `$env:` reads and changes; `directory` is the folder in
    which the run started.
    """

    def __init__(self, tree: Tree, environ: dict[str, str], directory: Path) -> None:
        self.tree = tree
        self.environ = environ
        self.directory = directory
        self._variables: dict[str, Value] = {"lastexitcode": 0}

    def get(self, name: str) -> Value:
        """Return the value of `$name`. Raise PowerShellError if the variable was never set."""
        scope, _, rest = name.partition(":")
        if rest and scope.lower() == "env":
            found = {key.lower(): value for key, value in self.environ.items()}
            return found.get(rest.lower())
        lower = name.lower()
        if lower in _CONSTANTS:
            return _CONSTANTS[lower]
        if lower not in self._variables:
            raise PowerShellError(f"the variable ${name} was never set")
        return self._variables[lower]

    def set(self, name: str, value: Value) -> None:
        """Set `$name` or `$env:name`."""
        scope, _, rest = name.partition(":")
        if rest and scope.lower() == "env":
            self.environ[rest] = text(value)
        else:
            self._variables[name.lower()] = value

    def error_action(self) -> str:
        """Return `$ErrorActionPreference`, or "" if the script has not set it."""
        return str(self._variables.get("erroractionpreference") or "")

    def path(self, value: Value) -> Path:
        """Return a path of the script as a path of this computer; `\\` is read as `/`."""
        return self.directory / text(value).replace("\\", "/")

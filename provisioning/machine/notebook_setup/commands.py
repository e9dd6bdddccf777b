"""Running the machine's own programs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import CommandError, SetUpError

_log_lock = threading.Lock()
_inherited: list[int] = []


def keep_open_in_children(descriptor: int) -> None:
    """Let every program that is started hold this file: a lock then lasts until the last of
    them ended, also if this process is killed. Windows has no such inheritance: there the
    programs of a session end with it."""
    if os.name == "posix":
        _inherited.append(descriptor)


def log(line: str) -> None:
    """One line on standard error."""
    with _log_lock:
        print(line.rstrip(), file=sys.stderr, flush=True)


def run(
    argv: Sequence[str | Path],
    *,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    ok: Sequence[int] = (0,),
) -> subprocess.CompletedProcess[str]:
    """Run a program and return what it printed. `env` is added to the environment.

    Raises `CommandError` for a status that is not `ok`, `SetUpError` if there is no such
    program. Standard input is never logged.
    """
    words = [str(word) for word in argv]
    log(f"+ {' '.join(words)}")
    try:
        done = subprocess.run(
            words,
            input=stdin,
            env={**os.environ, **(env or {})},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            pass_fds=_inherited,
            cwd="/",
        )
    except FileNotFoundError:
        raise SetUpError(f"This machine has no program {words[0]}.") from None
    for line in done.stderr.splitlines():
        log(f"  {line}")
    if done.returncode not in ok:
        raise CommandError(Path(words[0]).name, done.returncode, done.stdout + done.stderr)
    return done

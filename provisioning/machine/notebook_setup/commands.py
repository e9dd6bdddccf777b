"""Running the machine's own programs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from .errors import CommandError, SetUpError

_log_lock = threading.Lock()
_inherited: list[int] = []
_kept: list[TextIO] = []


def keep_open_in_children(descriptor: int) -> None:
    """Let every program that this process starts inherit the descriptor.

    A lock then lasts until the last program has ended, even if this process is killed. Windows
    has no such inheritance: there the programs of a session end with the session.
    """
    if os.name == "posix":
        _inherited.append(descriptor)


@contextmanager
def kept_log(path: Path) -> Iterator[None]:
    """Write the log also to this file, which is emptied first; only its owner may read it."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    file = os.fdopen(descriptor, "w", encoding="utf-8")
    _kept.append(file)
    try:
        yield
    finally:
        _kept.remove(file)
        with suppress(OSError):  # a full disk may still refuse the last lines
            file.close()


def log(line: str) -> None:
    """Write one line to standard error and to the kept logs, where these have room for it."""
    with _log_lock:
        print(line.rstrip(), file=sys.stderr, flush=True)
        for stream in _kept:
            with suppress(OSError):
                print(line.rstrip(), file=stream, flush=True)


def run(
    argv: Sequence[str | Path],
    *,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    ok: Sequence[int] = (0,),
) -> subprocess.CompletedProcess[str]:
    """Run a program and return its output. `env` is added to the environment.

    Raises `CommandError` for a status that is not in `ok`, `SetUpError` if the program does not
    exist. Standard input is never logged.
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
        raise SetUpError(
            f"The program {words[0]} is missing on the machine, so the set-up can't go on."
        ) from None
    for line in done.stderr.splitlines():
        log(f"  {line}")
    if done.returncode not in ok:
        raise CommandError(Path(words[0]).name, done.returncode, done.stdout + done.stderr)
    return done

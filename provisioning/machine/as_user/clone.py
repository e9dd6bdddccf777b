"""Clones a public Git repository into a folder, whole or not at all, within bounds of time and
size. Reads `{"url", "folder", "seconds", "bytes", "authorities", "library"}` as JSON; `authorities`
is PEM to trust instead of the system's, or empty; `library` the folder that dulwich is in, or empty
where git is to clone. Prints `{"changed": bool}`, or on standard error why not. What is there
already is left alone: the same repository is fine, anything else is not.
"""

from __future__ import annotations

import configparser
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

_LOOK_SECONDS = 0.25
_STALLED = ("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60")
_HTTPS_ALONE = ("-c", "protocol.allow=never", "-c", "protocol.https.allow=always")
# Nobody is there to be asked, and a member's own configuration is not ours to follow.
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}


def main() -> int:
    """The exit status; 1 with a reason on standard error."""
    request = json.load(sys.stdin)
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    locks = importlib.import_module("notebook_identity.locks")
    # On Windows the session that asked first may have ended, and this program goes on.
    descriptor = locks.open_locked(Path.home() / ".cloning.lock")
    try:
        return _clone_once(request, Path(request["folder"]))
    finally:
        os.close(descriptor)


def _clone_once(request: dict[str, Any], folder: Path) -> int:
    if folder.exists():
        if _origin(folder) == request["url"]:
            print(json.dumps({"changed": False}))
            return 0
        return _fail(f"there is a folder {folder.name} already")
    parts = folder.parent / f".{folder.name}.cloning"
    shutil.rmtree(parts, ignore_errors=True)  # of a run that was interrupted
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as beside:
        # A closed file, since Windows lets nobody else read an open one.
        authorities = Path(beside) / "authorities.pem" if request["authorities"] else None
        if authorities:
            authorities.write_text(request["authorities"], encoding="utf-8")
        refusal = _clone(request, parts, authorities)
    if refusal:
        shutil.rmtree(parts, ignore_errors=True)
        return _fail(refusal)
    parts.replace(folder)
    print(json.dumps({"changed": True}))
    return 0


def _clone(request: dict[str, Any], parts: Path, authorities: Path | None) -> str:
    """Why it did not work, "" if it did."""
    argv, trust = _command(request, parts, authorities)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            env={**os.environ, **_QUIET, **trust},
        )  # fmt: skip
        refusal = _watch(process, parts, request["seconds"], request["bytes"])
        said.seek(0)
        lines = [line.strip() for line in said.read().splitlines() if line.strip()]
    if refusal or process.returncode == 0:
        return refusal
    return lines[-1][:300] if lines else f"git ended with status {process.returncode}"


def _command(
    request: dict[str, Any], parts: Path, authorities: Path | None
) -> tuple[list[str], dict[str, str]]:
    """Words and variables of what clones."""
    if request["library"]:
        program = Path(__file__).resolve().with_name("clone_by_dulwich.py")
        words = [request["library"], request["url"], str(parts)]
        return [
            sys.executable,
            "-I",
            str(program),
            *words,
            *map(str, filter(None, [authorities])),
        ], {}
    argv = ["git", *_HTTPS_ALONE, *_STALLED, "clone", "--quiet",
            "--no-recurse-submodules", "--", request["url"], str(parts)]  # fmt: skip
    # As a variable, since one that the machine has set wins over git's own setting.
    return argv, {"GIT_SSL_CAINFO": str(authorities)} if authorities else {}


def _watch(process: subprocess.Popen[bytes], parts: Path, seconds: float, most: int) -> str:
    deadline = time.monotonic() + seconds
    refusal = ""
    while process.poll() is None and not refusal:
        if time.monotonic() > deadline:
            refusal = f"it took longer than {seconds:g} seconds"
        elif _size(parts) > most:
            refusal = f"it is larger than {most // 1_000_000} MB"
        else:
            time.sleep(_LOOK_SECONDS)
    if process.poll() is None:
        _end(process)
    return refusal or (f"it is larger than {most // 1_000_000} MB" if _size(parts) > most else "")


def _end(process: subprocess.Popen[bytes]) -> None:
    """With its helpers, which do the transfer."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _size(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(path) / name).lstat().st_size
            except OSError:
                continue  # git renames its files as it goes
    return total


def _origin(folder: Path) -> str:
    """Where a clone of ours came from; "" of anything else."""
    written = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        written.read(folder / ".git/config", encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError):
        return ""
    return written.get('remote "origin"', "url", fallback="")


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""Clone a public Git repository into a folder, completely or not at all, within limits.

Standard input is a JSON object:
- `url` and `folder`;
- `seconds` and `bytes`: the limits;
- `authorities`: PEM certificates to trust instead of the system's, or "";
- `library`: the folder of dulwich, or "" to clone with git.

Prints `{"changed": bool}`, or a reason on standard error. An existing folder is left alone: a clone
of the same repository is a success, anything else a failure.
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

_CHECK_SECONDS = 0.25
_STALLED = ("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60")
_HTTPS_ALONE = ("-c", "protocol.allow=never", "-c", "protocol.https.allow=always")
# git must not ask for credentials, and must ignore a member's own configuration.
_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}


def main() -> int:
    """Clone, and return the exit status: 0, or 1 with a reason on standard error."""
    request = json.load(sys.stdin)
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    locks = importlib.import_module("notebook_identity.locks")
    # On Windows the session that started an earlier run may have ended while that run goes on.
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
        return _fail(f"there is already a folder {folder.name}")
    parts = folder.parent / f".{folder.name}.cloning"
    shutil.rmtree(parts, ignore_errors=True)  # left by an interrupted run
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as beside:
        # A closed file, since on Windows other programs can't read an open one.
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
    """Return why the clone failed, or "" on success."""
    argv, trust = _command(request, parts, authorities)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, **_QUIET, **trust},
        )
        refusal = _watch(process, parts, request["seconds"], request["bytes"])
        output.seek(0)
        lines = [line.strip() for line in output.read().splitlines() if line.strip()]
    if refusal or process.returncode == 0:
        return refusal
    return lines[-1][:300] if lines else f"git ended with status {process.returncode}"


def _command(
    request: dict[str, Any], parts: Path, authorities: Path | None
) -> tuple[list[str], dict[str, str]]:
    """Return the command that clones and its environment variables."""
    if request["library"]:
        program = Path(__file__).resolve().with_name("clone_by_dulwich.py")
        words = [request["library"], request["url"], str(parts)]
        trusted = [str(authorities)] if authorities else []
        return [sys.executable, "-I", str(program), *words, *trusted], {}
    git = ["git", *_HTTPS_ALONE, *_STALLED, "clone", "--quiet", "--no-recurse-submodules"]
    # A variable, since a variable that the machine has set wins over git's own setting.
    trust = {"GIT_SSL_CAINFO": str(authorities)} if authorities else {}
    return [*git, "--", request["url"], str(parts)], trust


def _watch(process: subprocess.Popen[bytes], parts: Path, seconds: float, most: int) -> str:
    deadline = time.monotonic() + seconds
    refusal = ""
    while process.poll() is None and not refusal:
        if time.monotonic() > deadline:
            refusal = f"it took longer than {seconds:g} seconds"
        elif _size(parts) > most:
            refusal = f"it is larger than {most // 1_000_000} MB"
        else:
            time.sleep(_CHECK_SECONDS)
    if process.poll() is None:
        _end(process)
    return refusal or (f"it is larger than {most // 1_000_000} MB" if _size(parts) > most else "")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill git together with its helper processes, which transfer the data."""
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
                continue  # git renames files during the clone
    return total


def _origin(folder: Path) -> str:
    """Return the URL that a folder was cloned from; "" if it is no clone."""
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

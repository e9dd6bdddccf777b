"""Clones a public Git repository into a folder, whole or not at all, within bounds of time and
size. Reads `{"url", "folder", "seconds", "bytes", "authorities"}` as JSON; `authorities` is PEM
to trust instead of the system's, or empty. Prints `{"changed": bool}`, or on standard error why
not. What is there already is left alone: the same repository is fine, anything else is not.
"""

from __future__ import annotations

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
    folder = Path(request["folder"])
    if folder.exists():
        if _origin(folder) == request["url"]:
            print(json.dumps({"changed": False}))
            return 0
        return _fail(f"there is a folder {folder.name} already")
    parts = folder.parent / f".{folder.name}.cloning"
    shutil.rmtree(parts, ignore_errors=True)  # of a run that was interrupted
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".pem", encoding="utf-8") as authorities:
        authorities.write(request["authorities"])
        authorities.flush()
        # As a variable, since one that the machine has set wins over git's own setting.
        trust = {"GIT_SSL_CAINFO": authorities.name} if request["authorities"] else {}
        refusal = _clone(request, parts, trust)
    if refusal:
        shutil.rmtree(parts, ignore_errors=True)
        return _fail(refusal)
    parts.replace(folder)
    print(json.dumps({"changed": True}))
    return 0


def _clone(request: dict[str, Any], parts: Path, trust: dict[str, str]) -> str:
    """Why it did not work, "" if it did."""
    argv = ["git", *_HTTPS_ALONE, *_STALLED, "clone", "--quiet",
            "--no-recurse-submodules", "--", request["url"], str(parts)]  # fmt: skip
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
    asked = subprocess.run(
        ["git", "-C", str(folder), "config", "--local", "--get", "remote.origin.url"],
        capture_output=True, text=True, check=False, env={**os.environ, **_QUIET},
    )  # fmt: skip
    return asked.stdout.strip()


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

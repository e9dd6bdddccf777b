"""A machine in a folder for the set-up program, with stand-ins on PATH for the system's programs.

The stand-ins do what the set-up program relies on, keep their state in the folder and record each
call. The service manager really starts the command of a unit, with the unit's own environment.
"""

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.uv_wheels import place_uv

from .jupyter_server import MACHINE

_STAND_INS = Path(__file__).with_name("stand_ins")
_SKIPPED = (
    "var/log/",
    "opt/notebook/env",
    "opt/notebook/kernels",
    "opt/notebook/server",
    "opt/notebook/uv",
    "run",
    "home/notebook-admin/",
    "home/notebook/.",
)


class SmallMachine:
    """The folder, with the set-up program uploaded into it as the bot does."""

    def __init__(self, folder: Path, address: str, port: int) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.state = folder / "state"
        self.home = self.root / "home/notebook-admin"
        self.program = self.home / ".notebook-bot/machine/setup.py"
        for each in (self.home, self.state):
            each.mkdir(parents=True)
        for name in ("passwd", "packages", "calls"):
            (self.state / name).touch()
        (self.state / "pids").write_text("1")
        shutil.copytree(
            MACHINE, self.program.parent, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
        place_uv(self.program.parent)
        self._put_stand_ins()
        self.specification: dict[str, Any] = {
            "server_id": "abcdefghijkl",
            "server_name": "quiet-otter",
            "root": "../..",
            "notebook_user": "notebook",
            "bind_address": address,
            "notebook_port": port,
            "public_port": 443,
            "ssh_port": 22,
            "url": f"https://{address}/",
            "hostnames": ["otter.example.com", address],
            "platform": {
                "os": "linux",
                "package_manager": "apt",
                "service_manager": "systemd",
                "firewall": "nft",
                "packages": ["nftables"],
                "ssh_service": "ssh.service",
            },
            "owner": {"id": "U_ANA", "name": "Ana", "zone": "Asia/Seoul"},
        }

    def _put_stand_ins(self) -> None:
        shutil.copytree(_STAND_INS, self.folder / "bin")
        source = Path(__file__).with_name("small_systemctl.py").read_text()
        systemctl = self.folder / "bin/systemctl"
        systemctl.write_text(f"#!{sys.executable}\n{source}")
        systemctl.chmod(0o755)

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "UV_", "SSL_"))}
        return {
            **kept,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "MACHINE_STATE": str(self.state),
            "MACHINE_UNITS": str(self.root / "etc/systemd/system"),
        }

    def start(self, subcommand: str, data: object = None) -> subprocess.Popen[str]:
        """Start the program as the bot does over SSH."""
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-I", self.program, subcommand],
                cwd=self.home,
                env=self.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        process.stdin.write(json.dumps(data or {}))
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, subcommand: str, data: object = None) -> list[dict[str, Any]]:
        """Run the program, and return its events."""
        process = self.start(subcommand, data)
        output, _ = process.communicate(timeout=110)
        events = [json.loads(line) for line in output.splitlines()]
        assert process.returncode == (1 if events[-1]["event"] == "failed" else 0), self.log
        return events

    def apply(self, **changes: object) -> list[dict[str, Any]]:
        return self.run("apply", {**self.specification, **changes})

    @property
    def url(self) -> str:
        return f"https://{self.specification['bind_address']}:{self.specification['notebook_port']}"

    @property
    def ssl(self) -> ssl.SSLContext:
        made = self.root / "var/lib/notebook/tls/notebook.crt"
        return ssl.create_default_context(cafile=str(made))

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    @property
    def calls(self) -> list[str]:
        return (self.state / "calls").read_text().splitlines()

    def forget_calls(self) -> None:
        (self.state / "calls").write_text("")

    def contents(self) -> dict[str, bytes]:
        """Return every file that the set-up has written, except the environment."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            if path.is_file() and not name.startswith(_SKIPPED) and "__pycache__" not in name:
                found[name] = path.read_bytes()
        return found

    def shut_down(self) -> None:
        """End every process that the service manager has started."""
        for file in self.state.glob("*.pid"):
            with suppress(ProcessLookupError, ValueError):
                os.killpg(int(file.read_text()), signal.SIGKILL)

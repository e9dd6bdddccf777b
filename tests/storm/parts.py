"""The processes of a storm, each of which starts again when it ends, as a service does."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.sandbox.demo import COMMANDS, DemoConfig, bot_environment
from tests.e2e.demo import ROOT, free_ports
from tests.storm.plan import OUTSIDERS, Plan

START_SECONDS = 120.0
STOP_SECONDS = 40.0
_PAUSE = 0.3
_NO_COLOUR = {"PYTHONUNBUFFERED": "1"}


class Part:
    """A process that is started again until it is to stop."""

    def __init__(
        self, name: str, command: tuple[str, ...], environ: Mapping[str, str], log: Path
    ) -> None:
        self.name, self.log = name, log
        self.ends: list[str] = []
        """How it ended without being hit."""
        self._command, self._environ = command, environ
        self._process: asyncio.subprocess.Process | None = None
        self._is_hit = self._stopping = False
        self.is_stopping = False
        """Whether the present process was told to stop."""
        self._keeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start it, and keep it running."""
        self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while not self._stopping:
            with self.log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    *self._command,
                    env=self._environ,
                    cwd=self.log.parent,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            code = await self._process.wait()
            if not self._is_hit and not self._stopping:
                self.ends.append(f"{time.strftime('%H:%M:%S')} {self.name} ended with {code}")
            self._is_hit = self.is_stopping = False
            await asyncio.sleep(_PAUSE)

    @property
    def pid(self) -> int | None:
        """The process, None while there is none."""
        alive = self._process is not None and self._process.returncode is None
        return self._process.pid if alive and self._process is not None else None

    def send(self, number: signal.Signals) -> bool:
        """Send a signal; False if there is no process."""
        pid = self.pid
        if pid is None:
            return False
        self._is_hit = self._is_hit or number in (signal.SIGKILL, signal.SIGTERM)
        self.is_stopping = self.is_stopping or number is signal.SIGTERM
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        return True

    async def freeze(self, seconds: float) -> None:
        """Stop the process's clock for a while."""
        pid = self.pid
        if pid is not None and self.send(signal.SIGSTOP):
            try:
                await asyncio.sleep(seconds)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    async def stop(self) -> None:
        """End it for good."""
        self._stopping = True
        if self._keeper is None:
            return
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            await asyncio.wait_for(asyncio.shield(self._keeper), STOP_SECONDS)
        except TimeoutError:
            self.send(signal.SIGKILL)
            await self._keeper


class Parts:
    """Local Slack, local Azure and the bots."""

    def __init__(self, plan: Plan, database_url: str) -> None:
        folder = plan.folder / "demo"
        folder.mkdir(parents=True)
        self.config = DemoConfig(free_ports(), folder, "process")
        self._common = os.environ | {
            "DEMO_PORT": str(self.config.port),
            "DEMO_DIR": str(folder),
            "DEMO_SPEED": str(plan.speed),
            "DEMO_SEED": str(plan.seed),
            "DEMO_QUOTA_TIMES": "4",
            "PYTHONPATH": str(ROOT),
            **_NO_COLOUR,
        }
        self.slack = self._part("slack", COMMANDS["slack"], {})
        self.azure = self._part("azure", COMMANDS["azure"], {})
        self.bots = [
            self._part(f"bot{number}", COMMANDS["bot"], self._bot(number, database_url, plan))
            for number in range(1, plan.bots + 1)
        ]

    def _part(self, name: str, command: object, environ: Mapping[str, str]) -> Part:
        log = self.config.folder / f"{name}.log"
        return Part(name, tuple(command), self._common | environ, log)

    def _bot(self, number: int, database_url: str, plan: Plan) -> dict[str, str]:
        settings = {
            "DATABASE_URL": database_url,
            "READY_FILE": str(self._ready_file(number)),
            "SLACK__ALLOWED_USERS": ",".join(OUTSIDERS),
            "SERVERS_PER_MEMBER": "0",
            "IDLE__AFTER": "PT0S",
            "COPIES_KEPT": f"PT{plan.copies_seconds}S",
            "COPIES_SWEEP": "*/20 * * * * *",
            "RECONCILE": "* * * * *",
            "LOG_FORMAT": "json",
        }
        return bot_environment(self.config) | {
            f"NOTEBOOK_BOT_{name}": value for name, value in settings.items()
        }

    def _ready_file(self, number: int) -> Path:
        return self.config.folder / f"bot{number}.ready"

    @property
    def all(self) -> list[Part]:
        """Every process, in the order of the start."""
        return [self.slack, self.azure, *self.bots]

    async def start(self) -> None:
        """Start all parts, and wait until each bot serves."""
        self.slack.start()
        self.azure.start()
        await until(self.config.ca_file.exists, START_SECONDS)
        for bot in self.bots:
            bot.start()
        for number in range(1, len(self.bots) + 1):
            await until(self._ready_file(number).exists, START_SECONDS)

    async def stop(self) -> None:
        """End all parts, the bots first."""
        await asyncio.gather(*(bot.stop() for bot in self.bots))
        await self.azure.stop()
        await self.slack.stop()


async def until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until a condition is true. Raise `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.1)

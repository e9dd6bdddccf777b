"""Start local Slack, local Azure and the bot, each its own process, and stop them all.

The bot is started by its own command with its own settings, and does not know that it is
in a demo. `DEMO_PORT`, `DEMO_DIR`, `DEMO_SPEED` and `DEMO_MACHINES` are read here.
"""

import asyncio
import os
import signal
import socket
import ssl
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.sandbox.libraries import DemoError
from bot.sandbox.machines.image.cache import cache_folder
from bot.sandbox.machines.kinds import machine_kind

START_SECONDS = 60.0
STOP_SECONDS = 30.0

TENANT = "00000000-0000-0000-0000-00000000000a"
CLIENT = "00000000-0000-0000-0000-00000000000b"
SUBSCRIPTION = "00000000-0000-0000-0000-00000000000c"


_SHORTEST_POLL = 0.02
"""Seconds: a faster local Azure is not asked more often."""


@dataclass(frozen=True)
class DemoConfig:
    """The demo's port and folder, and the kind of machines that it makes."""

    port: int
    folder: Path
    machines: str
    speed: float = 20.0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "DemoConfig":
        """Read `DEMO_PORT` (3000), `DEMO_DIR` (.demo), `DEMO_MACHINES` (process) and `DEMO_SPEED`
        (20)."""
        folder = Path(environ.get("DEMO_DIR", ".demo")).absolute()
        port, machines = environ.get("DEMO_PORT", "3000"), environ.get("DEMO_MACHINES", "process")
        return cls(int(port), folder, machines, float(environ.get("DEMO_SPEED", "20")))

    @property
    def slack_url(self) -> str:
        """The address of local Slack and its page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def azure_url(self) -> str:
        """The address of local Azure; its certificate is signed by `ca_file`."""
        return f"https://127.0.0.1:{self.port + 1}"

    @property
    def ca_file(self) -> Path:
        """The file of local Azure's certificate authority."""
        return self.folder / "azure" / "ca.pem"

    @property
    def ready_file(self) -> Path:
        """The file that exists while the bot serves."""
        return self.folder / "bot.ready"

    def pid_file(self, name: str) -> Path:
        """The file with the process id of one of the three processes."""
        return self.folder / f"{name}.pid"


def bot_environment(config: DemoConfig) -> dict[str, str]:
    """The settings that point the unmodified bot at the sandbox."""
    machine = machine_kind(config.machines).settings()
    settings = {
        "SLACK__BOT_TOKEN": "xoxb-sandbox",
        "SLACK__APP_TOKEN": "xapp-sandbox",
        "SLACK__SIGNING_SECRET": "sandbox-signing-secret",
        "SLACK__API_URL": f"{config.slack_url}/api/",
        "SLACK__ALLOWED_GROUPS": "S_DATA",
        "SLACK__ADMINS": "U_EVE",
        "AZURE__TENANT_ID": TENANT,
        "AZURE__CLIENT_ID": CLIENT,
        "AZURE__CLIENT_SECRET": "sandbox-secret",
        "AZURE__SUBSCRIPTION_ID": SUBSCRIPTION,
        "AZURE__OTHER_REGIONS": "northeurope",
        "AZURE__MANAGEMENT_URL": config.azure_url,
        "AZURE__AUTHORITY": config.azure_url,
        "AZURE__PRICES_URL": f"{config.azure_url}/api/retail/prices",
        "AZURE__CA_FILE": str(config.ca_file),
        "AZURE__POLL_SECONDS": f"{max(1 / config.speed, _SHORTEST_POLL):.3g}",
        **machine,
        "DATABASE_URL": f"sqlite+aiosqlite:///{config.folder}/bot.db",
        "KEYS_DIR": str(config.folder / "keys"),
        "CACHE_DIR": str(cache_folder(os.environ).parent / "uv"),
        "READY_FILE": str(config.ready_file),
        "INSTALLATION": "demo",
    }
    # Settings from the environment win: `NOTEBOOK_BOT_... make demo` tries a setting.
    return {f"NOTEBOOK_BOT_{name}": value for name, value in settings.items()} | dict(os.environ)


COMMANDS: Mapping[str, Sequence[str]] = {
    "slack": ("-m", "bot.sandbox.slack"),
    "azure": ("-m", "bot.sandbox.azure"),
    "bot": ("-m", "bot.cli.main", "serve"),
}
"""The command of each process, after the Python interpreter.

They are stopped in the opposite order: the bot first, so that it finishes its work.
"""


def exec_bot(config: DemoConfig) -> None:
    """Become the bot, pointed at a running sandbox."""
    _refuse_second(config, ("bot",))
    _write_pid(config, "bot", os.getpid())
    os.execve(sys.executable, [sys.executable, *COMMANDS["bot"]], bot_environment(config))  # noqa: S606


async def run(config: DemoConfig, names: Sequence[str] = tuple(COMMANDS)) -> int:
    """Start everything, print `ready: ...`, wait for Ctrl-C, and return the exit code."""
    _refuse_second(config, names)
    _refuse_taken_ports(config, names)
    if "azure" in names:
        # Here and not in local Azure's process: the first build of an image takes minutes.
        await asyncio.to_thread(machine_kind(config.machines).prepare)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # SIGHUP: the terminal's window closes.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    processes: dict[str, asyncio.subprocess.Process] = {}
    try:
        for name in names:
            processes[name] = await _start(config, name)
            if name != "slack":  # Slack and Azure start at the same time
                await _until_ready(config, [each for each in names if each in processes], stop)
        if not stop.is_set():
            print(f"ready: {config.slack_url}", flush=True)
            await _watch(processes, stop)
        return 0
    finally:
        for name in reversed(list(processes)):
            await _stop(config, name, processes[name])


def _refuse_second(config: DemoConfig, names: Sequence[str]) -> None:
    config.folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        with suppress(FileNotFoundError, ValueError, ProcessLookupError):
            pid = int(config.pid_file(name).read_text())
            os.kill(pid, 0)
            raise DemoError(
                f"A demo already runs in {config.folder} ({name} is process {pid}). Stop it with "
                "Ctrl-C in its terminal, or choose another DEMO_DIR and DEMO_PORT."
            )


def _refuse_taken_ports(config: DemoConfig, names: Sequence[str]) -> None:
    """Refuse a port that another demo uses: its answers would be taken for this demo's."""
    for offset, name in enumerate(("slack", "azure")):
        port = config.port + offset
        if name not in names:
            continue
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0):
                pass
        except OSError:
            continue
        raise DemoError(
            f"Another program answers on port {port}. Stop it, or choose another DEMO_PORT."
        )


def _write_pid(config: DemoConfig, name: str, pid: int) -> None:
    config.folder.mkdir(parents=True, exist_ok=True)
    config.pid_file(name).write_text(str(pid))


async def _start(config: DemoConfig, name: str) -> asyncio.subprocess.Process:
    log = (config.folder / f"{name}.log").open("ab")
    with log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *COMMANDS[name],
            env=bot_environment(config) if name == "bot" else None,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches only the demo, which stops them in order
        )
    _write_pid(config, name, process.pid)
    return process


async def _until_ready(config: DemoConfig, names: Sequence[str], stop: asyncio.Event) -> None:
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    for name in names:
        while not stop.is_set() and not await _answers(config, name):
            if asyncio.get_running_loop().time() > deadline or not _is_alive(config, name):
                log = config.folder / f"{name}.log"
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise DemoError(f"{name} did not start. The end of {log}:\n{tail}")
            await asyncio.sleep(0.05)


def _is_alive(config: DemoConfig, name: str) -> bool:
    try:
        stat = Path(f"/proc/{config.pid_file(name).read_text()}/stat").read_text()
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # without /proc: wait for the deadline
    return stat.rpartition(")")[2].split()[0] != "Z"


async def _answers(config: DemoConfig, name: str) -> bool:
    if name == "bot":
        return config.ready_file.exists()
    url = f"{config.slack_url if name == 'slack' else config.azure_url}/sandbox/traffic"
    try:
        tls = ssl.create_default_context(cafile=config.ca_file) if name == "azure" else True
        async with aiohttp.ClientSession() as session, session.get(url, ssl=tls) as answer:
            return answer.status == 200
    except (OSError, aiohttp.ClientError):
        return False


async def _watch(processes: Mapping[str, asyncio.subprocess.Process], stop: asyncio.Event) -> None:
    """Print a message when a process ends by itself; the others go on, as in real life."""

    async def tell(name: str, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        hint = " Start it again with `make bot`." if name == "bot" else ""
        print(f"{name} ended ({code}).{hint}", flush=True)

    watchers = [asyncio.create_task(tell(name, each)) for name, each in processes.items()]
    await stop.wait()
    for watcher in watchers:
        watcher.cancel()


async def _stop(config: DemoConfig, name: str, process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
    elif name == "bot":
        _stop_successor(config)
    config.pid_file(name).unlink(missing_ok=True)


def _stop_successor(config: DemoConfig) -> None:
    """Stop a bot that `make bot` has started after the demo's own bot had ended."""
    with suppress(FileNotFoundError, ValueError, ProcessLookupError):
        os.kill(int(config.pid_file("bot").read_text()), signal.SIGTERM)

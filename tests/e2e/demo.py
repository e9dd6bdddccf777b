"""The demo, started as `make demo` starts it and used only from outside."""

import asyncio
import json
import os
import re
import signal
import socket
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 90.0


def free_ports() -> int:
    """Return a port that is free together with the next one."""
    for _ in range(100):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise RuntimeError("no two free ports in a row")


@dataclass(frozen=True)
class HandOver:
    """The address and the one-time password in a DM."""

    url: str
    password: str
    message: dict[str, Any]


class Demo:
    """A demo in a folder of its own: Slack, Azure, the bot and the machines.

    `root` is the checkout; another one than this has a `.venv` of its own.
    """

    def __init__(self, folder: Path, speed: float = 100, root: Path = ROOT, **environ: str) -> None:
        self.folder = folder
        self._program = [sys.executable, "-m", "bot.cli.main"]
        if root != ROOT:
            self._program = [str(root / ".venv/bin/notebook-bot")]
        self.port = free_ports()
        settings = {
            "DEMO_PORT": str(self.port),
            "DEMO_DIR": str(folder),
            "DEMO_SPEED": str(speed),
            "DEMO_SEED": "1",
            "PYTHONPATH": str(root),
        }
        self.environ = os.environ | environ | settings
        self._launcher: asyncio.subprocess.Process | None = None
        self._bots: list[asyncio.subprocess.Process] = []
        self.session = aiohttp.ClientSession()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> "Demo":
        self._launcher = await self._spawn("demo", stdout=asyncio.subprocess.PIPE)
        async with asyncio.timeout(START_SECONDS):
            line = (await self._launcher.stdout.readline()).decode()
        assert line == f"ready: {self.url}\n", self.logs()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()
        if self._launcher.returncode is None:
            self._launcher.send_signal(signal.SIGINT)
        for process in (*self._bots, self._launcher):
            async with asyncio.timeout(90):
                await process.wait()

    async def _spawn(self, *words: str, **options: Any) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *self._program, *words, env=self.environ, cwd=self.folder.parent, **options
        )

    def logs(self) -> str:
        texts = [path.read_text(errors="replace")[-3000:] for path in self.folder.glob("*.log")]
        return "\n".join(texts)

    def pid(self, name: str) -> int:
        return int((self.folder / f"{name}.pid").read_text())

    async def kill_bot(self) -> None:
        """Kill the bot with SIGKILL, and wait until its process has ended."""
        pid = self.pid("bot")
        psutil.Process(pid).kill()
        await self.until(lambda: not psutil.pid_exists(pid))

    async def start_bot(self) -> None:
        """Start the bot as `make bot` does, and wait until it is ready."""
        (self.folder / "bot.ready").unlink(missing_ok=True)
        with (self.folder / "bot.log").open("ab") as log:
            self._bots.append(await self._spawn("demo", "--only-bot", stdout=log, stderr=log))
        await self.until((self.folder / "bot.ready").exists, START_SECONDS)

    async def until(self, condition: Any, seconds: float = 60, pause: float = 0.05) -> Any:
        """Wait until a condition is true, and return its value.

        The condition is a function or a coroutine function; it is called again after each `pause`
        seconds.
        """
        try:
            async with asyncio.timeout(seconds):
                while True:
                    value = condition()
                    value = await value if asyncio.iscoroutine(value) else value
                    if value:
                        return value
                    await asyncio.sleep(pause)
        except TimeoutError:
            raise AssertionError(f"not true within {seconds} s\n{self.logs()}") from None

    async def slack(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        method = "GET" if body is None else "POST"
        async with self.session.request(method, f"{self.url}{path}", json=body) as answer:
            return await answer.json()

    async def azure(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        context = ssl.create_default_context(cafile=self.folder / "azure" / "ca.pem")
        url = f"https://127.0.0.1:{self.port + 1}{path}"
        method = "GET" if body is None else "POST"
        async with self.session.request(method, url, json=body, ssl=context) as answer:
            return await answer.json()

    async def command(self, text: str, user: str = "U_ANA") -> str:
        """Type a command, and return the text that Slack shows."""
        body = {"user": user, "channel": "C_GENERAL", "text": f"/notebook {text}"}
        answer = await self.slack("/sandbox/commands", body)
        assert answer["error"] is None, answer
        assert answer["ack_ms"] < 3000
        return (answer["ack"] or {}).get("text", "")

    async def messages(self, user: str = "U_ANA") -> list[dict[str, Any]]:
        return (await self.slack(f"/sandbox/messages?user={user}"))["messages"]

    async def cards(self, user: str = "U_ANA") -> list[dict[str, Any]]:
        """Return the messages that the bot has sent by DM."""
        return [m for m in await self.messages(user) if m["channel"].startswith("D_")]

    async def click(
        self, message: dict[str, Any], action_id: str, user: str = "U_ANA", **which: str
    ) -> None:
        """Press a button; `value` names one of several buttons with the same action."""
        where = {"user": user, "channel": message["channel"], "ts": message["ts"], **which}
        answer = await self.slack("/sandbox/actions", where | {"action_id": action_id})
        assert answer["error"] is None, answer

    async def hand_over(self, name: str, user: str = "U_ANA", seconds: float = 90) -> HandOver:
        """Wait for the newest card of a server that has a password."""

        async def find() -> HandOver | None:
            for message in reversed(await self.cards(user)):
                assert f"{name} could not be created" not in message["text"], message["text"]
                spans = re.findall(r"`([^`]+)`", message["text"])
                if f"{name} is ready" in message["text"] and len(spans) == 2:
                    return HandOver(spans[0], spans[1], message)
            return None

        return await self.until(find, seconds)

    async def new_password(self, name: str, given: HandOver) -> HandOver:
        """Request a new password, and wait until the older message no longer has its password."""
        assert "DM" in await self.command(f"password {name}")

        async def newer() -> HandOver | None:
            found = await self.hand_over(name)
            return found if found.password != given.password else None

        async def older_is_gone() -> bool:
            return given.password not in json.dumps(await self.cards())

        found = await self.until(newer)
        await self.until(older_is_gone)
        return found

    async def ask_to_delete(self, name: str) -> dict[str, Any]:
        """Type the command, and return the bot's question with its buttons."""
        await self.command(f"delete {name}")

        async def question() -> Any:
            # On a busy computer the question comes after the acknowledgement.
            for message in reversed(await self.messages()):
                if message["ephemeral"] and name in message["text"]:
                    return message if "server_delete" in str(message["blocks"]) else None
            return None

        return await self.until(question)

    async def delete(self, name: str) -> None:
        """Delete a server by command and click, and wait for the end."""
        await self.click(await self.ask_to_delete(name), "server_delete")

        async def gone() -> bool:
            return any(f"{name} was deleted" in m["text"] for m in await self.cards())

        await self.until(gone)

    async def resources(self, server: str | None = None) -> list[dict[str, Any]]:
        """Return the cloud's resources with a server's tag."""
        found = (await self.azure("/sandbox/resources"))["resources"]
        tagged = [each for each in found if "nb-server" in (each["tags"] or {})]
        return [each for each in tagged if server in (None, each["tags"]["nb-name"])]

    async def power_states(self) -> dict[str, str]:
        """Return Azure's power state of each server's machine, by the server's name."""
        return {
            each["tags"]["nb-name"]: each["powerState"]
            for each in await self.resources()
            if each["type"].endswith("virtualMachines")
        }

    def processes(self) -> list[psutil.Process]:
        """Return every process that works in this demo's folder."""
        found = []
        for process in psutil.process_iter():
            try:
                words = [*process.cmdline(), *process.environ().values()]
            except (psutil.Error, OSError):
                continue
            if process.pid != os.getpid() and any(str(self.folder) in word for word in words):
                found.append(process)
        return found

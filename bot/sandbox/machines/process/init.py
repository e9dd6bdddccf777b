"""`python -m bot.sandbox.machines.process.init FOLDER`: one machine.

It boots the machine's operating system and serves. At SIGTERM, or after a while without an owner,
it shuts down with every process of the machine.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.sandbox.machines.process.answer import Answer
from bot.sandbox.machines.process.client import short_path
from bot.sandbox.machines.process.control import LIMIT
from bot.sandbox.machines.process.linux import Linux
from bot.sandbox.machines.process.operating_system import OperatingSystem, Program
from bot.sandbox.machines.process.processes import Processes, end_marked
from bot.sandbox.machines.process.tree import SOCKET, Tree
from bot.sandbox.machines.process.windows.machine import Windows

GRACE_SECONDS = 5.0


class Init:
    """The machine of one folder."""

    def __init__(self, folder: Path) -> None:
        self._spec: dict[str, Any] = json.loads((folder / "machine.json").read_text())
        self._folder = folder
        self._tree = Tree(folder)
        self._stop = asyncio.Event()
        self._reboot = False
        self._owners = 0
        self._orphaned: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Run until the machine is shut down; a reboot boots it again."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        # Under nohup SIGHUP is ignored, and children inherit that: a job would outlive the terminal
        # that it ran in. A child of a process that handles the signal gets the default again.
        loop.add_signal_handler(signal.SIGHUP, lambda: None)
        processes = Processes()
        if (self._folder / SOCKET).exists():
            # Processes that a cut-off machine left behind would hold its ports and files.
            await end_marked("MACHINE_DIR", str(self._folder))
        server = await self._listen()
        while True:
            await self._boot_and_serve(processes)
            if not self._reboot:
                break
            self._reboot = False
            self._stop.clear()
        server.close()
        (self._folder / SOCKET).unlink(missing_ok=True)

    async def _listen(self) -> asyncio.Server:
        (self._folder / SOCKET).unlink(missing_ok=True)
        with short_path(self._folder) as path:
            server = await asyncio.start_unix_server(self._connected, path, limit=LIMIT)
        (self._folder / SOCKET).chmod(0o600)
        self._watch_for_owner()
        return server

    async def _boot_and_serve(self, processes: Processes) -> None:
        self._processes = processes
        self._system = system = self._load(processes)
        booting = asyncio.create_task(self._boot(system))
        await self._stop.wait()
        booting.cancel()
        await asyncio.gather(booting, return_exceptions=True)
        await system.shut_down()
        await processes.end_all(GRACE_SECONDS)

    def _load(self, processes: Processes) -> OperatingSystem:
        kinds: dict[str, type[Linux] | type[Windows]] = {"linux": Linux, "windows": Windows}
        return kinds[self._spec["os"]](self._spec, self._tree, processes, self._ask_reboot)

    async def _boot(self, system: OperatingSystem) -> None:
        """Boot. Errors go to the console, and the machine stays on, as a real one would."""
        loop = asyncio.get_running_loop()

        def run(script: str) -> Answer:
            return asyncio.run_coroutine_threadsafe(self._run_command([script]), loop).result()

        try:
            await system.boot(run)
        except Exception:
            traceback.print_exc()

    def _ask_reboot(self) -> None:
        self._reboot = True
        self._stop.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            if line:
                await self._answer(json.loads(line), reader, writer)
        finally:
            writer.close()

    async def _answer(
        self, request: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        programs: dict[str, Program] = {
            **self._system.programs,
            "run-command": self._run_command,
            "poweroff": self._power_off,
        }
        if request["program"] == "own":
            writer.write(b"{}\n")
            self._owners += 1
            self._watch_for_owner()
            await reader.read()
            self._owners -= 1
            self._watch_for_owner()
            return
        if await self._system.serve(request["program"], reader, writer):
            return
        work = asyncio.ensure_future(programs[request["program"]](list(request["args"])))
        if request["program"] == "run-command":
            # The caller has stopped waiting: the script took longer than the timeout.
            reading = asyncio.create_task(reader.read())
            reading.add_done_callback(lambda _: work.cancel())
            work.add_done_callback(lambda _: reading.cancel())
        answer = await work
        writer.write(json.dumps(asdict(answer)).encode() + b"\n")
        await writer.drain()

    def _watch_for_owner(self) -> None:
        if self._orphaned is not None:
            self._orphaned.cancel()
            self._orphaned = None
        if self._owners == 0:
            loop = asyncio.get_running_loop()
            seconds = float(self._spec["orphan_seconds"])
            self._orphaned = loop.call_later(seconds, self._stop.set)

    async def _power_off(self, _args: list[str]) -> Answer:
        self._stop.set()
        return Answer()

    async def _run_command(self, args: list[str]) -> Answer:
        argv, environ = self._system.root_command(args[0])
        child = self._processes.spawn(
            argv,
            env=environ,
            cwd=self._tree.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        stdout, stderr = child.popen.stdout, child.popen.stderr
        if stdout is None or stderr is None:
            raise RuntimeError("pipes were asked for")
        try:
            texts = await asyncio.gather(
                asyncio.to_thread(stdout.read), asyncio.to_thread(stderr.read)
            )
            code = await child.wait()
        except asyncio.CancelledError:
            child.signal(signal.SIGKILL)
            raise
        return Answer(code, *(text.decode(errors="replace") for text in texts))


def main() -> None:
    """Be the machine of the folder that is the first argument."""
    os.umask(0o022)
    asyncio.run(Init(Path(sys.argv[1])).run())


if __name__ == "__main__":
    main()

"""`python -m bot.sandbox.machines.process.init FOLDER`: one machine.

Boots (cloud-init, firewall and services, SSH), serves, and at SIGTERM, or when nobody owned
it for a while, shuts down with every process of its own.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.sandbox.machines.process.accounts import Accounts
from bot.sandbox.machines.process.client import short_path
from bot.sandbox.machines.process.cloud_init import CloudInit
from bot.sandbox.machines.process.control import LIMIT
from bot.sandbox.machines.process.firewalld import Firewalld
from bot.sandbox.machines.process.host import Host
from bot.sandbox.machines.process.journal import Journal
from bot.sandbox.machines.process.manager import Answer, Manager
from bot.sandbox.machines.process.packet_filter import Firewall
from bot.sandbox.machines.process.processes import Processes, end_marked
from bot.sandbox.machines.process.ssh_server import SshServer, SshService
from bot.sandbox.machines.process.standins import ssh_unit
from bot.sandbox.machines.process.standins.install import install_standins
from bot.sandbox.machines.process.tree import SOCKET, Tree

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
        """Until it is shut down; a reboot boots it again."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        processes = Processes()
        if (self._folder / SOCKET).exists():
            # What a machine that was cut off left behind would hold its ports and files.
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
        tree = self._tree
        tree.make_directories()
        accounts, journal = Accounts(tree), Journal(tree)
        accounts.create()
        spec = self._spec
        install_standins(tree, spec["image"])
        self._host = host = Host(
            machine_id=spec["machine_id"],
            address=spec["address"],
            ssh_port=spec["ssh_port"],
            network=spec["network"],
            tree=tree,
            processes=processes,
            journal=journal,
            accounts=accounts,
        )
        self._firewall = Firewall(host.address)
        self._firewalld = Firewalld(host.address, tree)
        self._manager = Manager(host, self._ask_reboot)
        ssh = SshService(ssh_unit(spec["image"]), host, SshServer(host))
        self._manager.add(ssh)
        booting = asyncio.create_task(self._boot(host, ssh))
        await self._stop.wait()
        booting.cancel()
        await asyncio.gather(booting, return_exceptions=True)
        await ssh.stop()
        await self._manager.shut_down()
        await self._firewall.close()
        await processes.end_all(GRACE_SECONDS)
        journal.close()

    async def _boot(self, host: Host, ssh: SshService) -> None:
        """In the order of a real boot: cloud-init's users and keys, services, then SSH. What
        goes wrong is told on the console; the machine stays on, as a real one would."""
        try:
            await self._set_up(host)
            await ssh.start()
        except Exception:
            traceback.print_exc()

    async def _set_up(self, host: Host) -> None:
        spec = self._spec
        loop = asyncio.get_running_loop()

        def run(script: str) -> Answer:
            return asyncio.run_coroutine_threadsafe(self._run_command([script]), loop).result()

        cloud_init = CloudInit(host.tree, host.accounts, spec["hostname"], spec["admin_user"])
        await asyncio.to_thread(
            cloud_init.first_boot,
            spec["custom_data"].encode("latin-1"),
            list(spec["authorized_keys"]),
            run,
        )
        await self._manager.boot()

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
        programs: dict[str, Callable[[list[str]], Awaitable[Answer]]] = {
            "systemctl": self._manager.systemctl,
            "nft": self._firewall.nft,
            "firewall-cmd": self._firewalld.firewall_cmd,
            "firewall-offline-cmd": self._firewalld.firewall_offline_cmd,
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
        if request["program"] == "firewalld":
            await self._firewalld.serve(reader, writer)
            return
        work = asyncio.ensure_future(programs[request["program"]](list(request["args"])))
        if request["program"] == "run-command":
            # Nobody waits any more: the script took longer than its caller allowed.
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
        child = self._host.processes.spawn(
            ["/bin/sh", "-c", args[0]],
            env=self._host.environment(self._host.root_user),
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

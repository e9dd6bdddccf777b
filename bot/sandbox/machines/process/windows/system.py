"""The requests of Windows's programs and scripts to init: one verb each, JSON in and out.

Errors come back as text, in the words of Windows where those are short.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from bot.sandbox.machines.process import space
from bot.sandbox.machines.process.answer import Answer
from bot.sandbox.machines.process.forwarders import Forwarders
from bot.sandbox.machines.process.processes import descendants
from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows.access import AccessLists
from bot.sandbox.machines.process.windows.accounts import WindowsAccounts
from bot.sandbox.machines.process.windows.scheduler import Scheduler
from bot.sandbox.machines.process.windows.state import State, rule

Payload = dict[str, Any]


class System:
    """The verbs of one machine.

    `sshd_changed` is called when SSH may have to listen or stop, `sshd_restarted` when SSH is to
    read its files again.
    """

    def __init__(
        self,
        address: str,
        state: State,
        accounts: WindowsAccounts,
        access: AccessLists,
        scheduler: Scheduler,
        sshd_changed: Callable[[], Awaitable[None]],
        sshd_restarted: Callable[[], Awaitable[None]],
        tree: Tree,
    ) -> None:
        self._tree = tree
        self._address = address
        self._state = state
        self._accounts = accounts
        self._access = access
        self._scheduler = scheduler
        self._sshd_changed = sshd_changed
        self._sshd_restarted = sshd_restarted
        self._forwarders = Forwarders(address)
        self._booted = time.time()

    async def boot(self) -> None:
        """Start what a reboot brings back: port proxies, tasks and automatic services."""
        for service in self._state["services"].values():
            service["running"] = service["start"] == "Automatic"
        self._state.save()
        await self._forward()
        await self._scheduler.boot()

    async def shut_down(self) -> None:
        """End tasks and forwarders."""
        await self._scheduler.shut_down()
        await self._forwarders.set({})

    async def ask(self, arguments: Sequence[str]) -> Answer:
        """Answer one request: the verb, and its payload as JSON."""
        verb, payload = arguments[0], json.loads(arguments[1])
        function = getattr(self, f"_on_{verb}", None)
        if function is None:
            return Answer(1, "", f"this machine does not know {verb}")
        try:
            return Answer(0, json.dumps(await function(payload)))
        except (LookupError, ValueError, OSError) as error:
            return Answer(1, "", str(error.args[0] if error.args else error))

    # -- people

    async def _on_user(self, payload: Payload) -> Payload:
        user = self._accounts.user(payload["name"])
        if user is None:
            raise LookupError(f"User {payload['name']} was not found.")
        number = 1000 + sorted(self._state["users"]).index(user.name)
        return {"Name": user.name, "Enabled": True, "SID": f"S-1-5-21-1-2-3-{number}"}

    async def _on_new_user(self, payload: Payload) -> None:
        name = payload["name"]
        if self._accounts.user(name) is not None:
            raise ValueError(f"User {name} already exists.")
        # The password itself is not kept, only the fact that there is one.
        self._state["users"][name] = {"description": payload["description"], "password": True}
        self._state.save()

    async def _on_join(self, payload: Payload) -> None:
        group, name = payload["sid"], payload["name"]
        if group not in self._state["groups"]:
            raise LookupError(f"Group {group} was not found.")
        if self._accounts.user(name) is None:
            raise LookupError(f"User {name} was not found.")
        if name in self._state["groups"][group]:
            raise ValueError(f"{name} is already a member of group {group}.")
        self._state["groups"][group].append(name)
        self._state.save()

    # -- services

    async def _on_service(self, payload: Payload) -> Payload:
        service = self._state["services"].get(payload["name"])
        if service is None:
            raise LookupError(f"Cannot find any service with service name '{payload['name']}'.")
        service |= {key: payload[key] for key in ("start", "running") if key in payload}
        self._state.save()
        await self._sshd_changed()
        status = "Running" if service["running"] else "Stopped"
        return {"Name": payload["name"], "Status": status, "StartType": service["start"]}

    async def _on_restart_service(self, payload: Payload) -> Payload:
        """Read sshd's files again; open sessions have processes of their own and go on."""
        was_running = (await self._on_service({"name": payload["name"]}))["Status"] == "Running"
        answer = await self._on_service({**payload, "running": True})
        if was_running:
            await self._sshd_restarted()
        return answer

    async def _on_capability(self, payload: Payload) -> None:
        if not payload["name"].startswith("OpenSSH.Server~"):
            raise ValueError(f"A Windows capability name was not recognized: {payload['name']}")
        self._state.add_sshd()

    # -- network

    async def _on_rules(self, payload: Payload) -> list[Payload]:
        pattern = payload["name"]
        found = [
            {"Name": name, **each}
            for name, each in self._state["rules"].items()
            if _matches(name, pattern)
        ]
        if not found and "*" not in pattern:
            raise LookupError(
                f"No MSFT_NetFirewallRule objects found with property 'InstanceID' equal to "
                f"'{pattern}'."
            )
        return found

    async def _on_new_rule(self, payload: Payload) -> None:
        name = payload.pop("name")
        if name in self._state["rules"]:
            raise ValueError("Cannot create a file when that file already exists.")
        self._state["rules"][name] = rule("", "", "", "") | payload
        self._state.save()
        await self._sshd_changed()

    async def _on_disable_rule(self, payload: Payload) -> None:
        for found in await self._on_rules(payload):
            self._state["rules"][found["Name"]]["Enabled"] = "False"
        self._state.save()
        await self._sshd_changed()

    async def _on_proxies(self, payload: Payload) -> Payload:
        return self._state["proxies"]

    async def _on_set_proxy(self, payload: Payload) -> None:
        listen, connect = payload["listen"], payload["connect"]
        for each in (listen, connect):
            if each is not None and each[0] not in (self._address, "0.0.0.0"):  # noqa: S104
                raise ValueError(f"this machine's netsh forwards only on {self._address}")
        if connect is None:
            if self._state["proxies"].pop(str(listen[1]), None) is None:
                raise LookupError("The system cannot find the file specified.")
        else:
            self._state["proxies"][str(listen[1])] = [*listen, *connect]
        self._state.save()
        await self._forward()

    async def _forward(self) -> None:
        proxies = self._state["proxies"].values()
        await self._forwarders.set({int(each[1]): int(each[3]) for each in proxies})

    # -- tasks

    async def _on_register(self, payload: Payload) -> None:
        await self._scheduler.register(payload["name"], payload["task"], force=payload["force"])

    async def _on_unregister(self, payload: Payload) -> None:
        await self._scheduler.unregister(payload["name"])

    async def _on_task(self, payload: Payload) -> Payload:
        return self._scheduler.describe(payload["name"])

    async def _on_start_task(self, payload: Payload) -> None:
        self._scheduler.start(payload["name"])

    async def _on_stop_task(self, payload: Payload) -> None:
        self._scheduler.describe(payload["name"])
        await self._scheduler.stop(payload["name"])

    # -- files and processes

    async def _on_access(self, payload: Payload) -> Payload:
        path = Path(payload["path"])
        if not path.exists():
            raise LookupError(f"{path}: The system cannot find the file specified.")
        if "entries" in payload:
            self._access.set(
                path, cut=payload["cut"], replace=payload["replace"], entries=payload["entries"]
            )
        return self._access.of(path)

    async def _on_processes(self, payload: Payload) -> list[Payload]:
        found = []
        for process in descendants():
            with contextlib.suppress(psutil.Error, OSError, KeyError):
                times = process.cpu_times()
                found.append(
                    {
                        "Id": process.pid,
                        "Name": process.name(),
                        "CommandLine": " ".join(process.cmdline()),
                        "UserName": process.environ()["MACHINE_USER"],
                        "CPU": times.user + times.system,
                        "SessionId": 0,
                        "ParentProcessId": process.ppid(),
                        "StartTime": process.create_time(),
                    }
                )
        return found

    async def _on_disk(self, payload: Payload) -> Payload:
        size = space.file_system_bytes(self._tree)
        used = await asyncio.to_thread(space.used_bytes, self._tree)
        return {"size": size, "free": max(0, size - used)}

    async def _on_partition(self, payload: Payload) -> Payload:
        if payload["letter"].upper() != "C":
            raise LookupError("No MSFT_Partition objects found with property 'DriveLetter'.")
        return {"Size": space.file_system_bytes(self._tree), "SizeMax": self._most()}

    async def _on_resize_partition(self, payload: Payload) -> None:
        present = (await self._on_partition(payload))["Size"]
        if not present < int(payload["size"]) <= self._most():
            raise ValueError("The specified size is not supported.")
        space.grow_partition(self._tree)
        space.grow_file_system(self._tree)

    def _most(self) -> int:
        return space.disk_bytes(self._tree)

    async def _on_uptime(self, payload: Payload) -> float:
        return time.time() - self._booted


def _matches(name: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return name.lower().startswith(pattern[:-1].lower())
    return name.lower() == pattern.lower()

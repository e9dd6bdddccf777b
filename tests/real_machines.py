"""Machines with their own operating system: whether this computer can run them, and traces that
they leave."""

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from bot.sandbox.machines.errors import MachinesError
from bot.sandbox.machines.kinds import machine_kind
from provisioning.access.installation_keys import InstallationKeys

ARTIFACTS = Path(__file__).resolve().parent.parent / "test-artifacts"


def prepare(kind: str) -> None:
    """Build the kind's image. Skip the test if this computer can't run the kind, except in CI."""
    try:
        machine_kind(kind).prepare()
    except MachinesError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI needs machines of kind {kind}: {error}")
        pytest.skip(str(error))


@dataclass(frozen=True)
class Traces:
    """Marks of a sandbox's containers, collected while they run."""

    folder: Path
    groups: tuple[Path, ...]
    network: str
    namespaces: frozenset[str]

    @classmethod
    def of(cls, folder: Path) -> "Traces":
        """Collect the marks of the machines in `folder`."""
        memory = json.loads((folder / "network.json").read_text())
        groups = tuple(map(Path, memory["group"]))
        pids = [
            line
            for group in groups
            for file in group.rglob("cgroup.procs")
            for line in file.read_text().split()
        ]
        namespaces = frozenset(str(Path(f"/proc/{pid}/ns/net").readlink()) for pid in pids)
        return cls(folder, groups, f"198.18.{memory['block']}.0", namespaces)

    def left(self) -> list[str]:
        """Return what still exists: control groups, routes, namespaces, mounts, processes."""
        found = [f"group {group}" for group in self.groups if group.exists()]
        address = bytes(map(int, self.network.split("."))).hex()
        target = "".join(reversed([address[i : i + 2] for i in range(0, 8, 2)])).upper()
        routes = Path("/proc/net/route").read_text().splitlines()
        if any(line.split()[1] == target for line in routes):
            found.append(f"route {self.network}")
        for process in Path("/proc").glob("[0-9]*"):
            try:
                namespace = str((process / "ns/net").readlink())
                mounts = (process / "mountinfo").read_text()
                words = (process / "cmdline").read_text()
            except OSError:
                continue
            if namespace in self.namespaces:
                found.append(f"namespace {namespace} of {process}")
            if str(self.folder) in mounts:
                found.append(f"mount in {process}")
            if str(self.folder) in words and process.name != str(os.getpid()):
                found.append(f"process {words!r}")
        return found


async def open_ports(address: str, ports: set[int]) -> set[int]:
    """Return the ports that answer."""

    async def answers(port: int) -> bool:
        try:
            async with asyncio.timeout(2):
                _, writer = await asyncio.open_connection(address, port)
        except (OSError, TimeoutError):
            return False
        writer.close()
        return True

    wanted = sorted(ports)
    found = await asyncio.gather(*(answers(port) for port in wanted))
    return {port for port, is_open in zip(wanted, found, strict=True) if is_open}


def note(part: str, seconds: dict[str, float], file: str = "container.json") -> None:
    """Add the stages' times to the file of measurements."""
    target = ARTIFACTS / file
    target.parent.mkdir(exist_ok=True)
    known = json.loads(target.read_text()) if target.exists() else {}
    rounded = {stage: round(value, 1) for stage, value in seconds.items()}
    target.write_text(json.dumps(known | {part: rounded}, indent=1) + "\n")


async def shell(address: str, keys: InstallationKeys, command: str, port: int = 22) -> str:
    """Return a root command's output, over an SSH connection that accepts every host key."""
    async with asyncssh.connect(
        address,
        port,
        username="notebook-admin",
        known_hosts=None,
        client_keys=[asyncssh.import_private_key(keys.client_private_key)],
        config=None,
        agent_path=None,
    ) as connection:
        done = await connection.run(f"sudo -n sh -c '{command}'", stdin=asyncssh.DEVNULL)
        return str(done.stdout)


async def listening(address: str, keys: InstallationKeys) -> set[int]:
    """Return the ports on which programs of the machine listen, on any address."""
    lines = (await shell(address, keys, "ss -Hltn")).splitlines()
    return {int(line.split()[3].rpartition(":")[2]) for line in lines}

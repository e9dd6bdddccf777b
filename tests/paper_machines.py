"""Machines of a sandbox that only remember their state."""

from bot.sandbox.machines.port import CommandResult, MachineSpec


class PaperMachines:
    """Machines that only remember their state: the cloud's side is what is tested here."""

    def __init__(self) -> None:
        self.specs: dict[str, MachineSpec] = {}
        self.running: set[str] = set()
        self.disks: dict[str, str] = {}
        self.scripts: list[str] = []
        self.grown: dict[str, int] = {}
        self.answer = CommandResult(0, "", "")

    def boots(self, publisher: str) -> bool:
        return True

    def allocate_address(self, taken: frozenset[str]) -> str:
        numbers = range(2, 250)
        return next(f"127.64.0.{n}" for n in numbers if f"127.64.0.{n}" not in taken)

    def private_address(self, address: str) -> str:
        return address

    async def create(self, spec: MachineSpec) -> None:
        self.specs[spec.machine_id] = spec
        self.running.add(spec.machine_id)

    async def start(self, machine_id: str) -> None:
        self.running.add(machine_id)

    async def stop(self, machine_id: str) -> None:
        self.running.discard(machine_id)

    async def delete(self, machine_id: str) -> None:
        self.running.discard(machine_id)
        self.specs.pop(machine_id, None)

    async def copy_disk(self, source: str, name: str) -> None:
        """Restore a machine from the disk of an earlier machine."""
        self.disks[name] = self.disks.get(source, source)

    async def grow_disk(self, machine_id: str, gb: int) -> None:
        assert machine_id not in self.running
        self.grown[machine_id] = gb

    async def delete_disk(self, name: str) -> None:
        self.disks.pop(name, None)

    async def is_running(self, machine_id: str) -> bool:
        return machine_id in self.running

    async def run_command(self, machine_id: str, script: str, timeout: float = 0) -> CommandResult:
        self.scripts.append(script)
        return self.answer

    async def close(self) -> None:
        self.running.clear()

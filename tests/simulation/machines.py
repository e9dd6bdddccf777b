"""Machines of local Azure that record when Azure starts and stops them."""

from collections import defaultdict
from datetime import datetime, timedelta

from bot.sandbox.machines.port import MachineSpec
from tests.fakes import FakeClock
from tests.paper_machines import PaperMachines


class MeteredMachines(PaperMachines):
    """Azure's machines, which record by the simulated clock when Azure starts and stops them."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.meter: dict[str, list[tuple[str, datetime]]] = defaultdict(list)

    def _note(self, machine_id: str, what: str) -> None:
        self.meter[self.specs[machine_id].hostname].append((what, self.clock.time))

    async def create(self, spec: MachineSpec) -> None:
        await super().create(spec)
        self._note(spec.machine_id, "on")

    async def start(self, machine_id: str) -> None:
        await super().start(machine_id)
        self._note(machine_id, "on")

    async def stop(self, machine_id: str) -> None:
        await super().stop(machine_id)
        self._note(machine_id, "off")


def metered(meter: list[tuple[str, datetime]], until: datetime) -> timedelta:
    """Return how long a machine has been on."""
    total = timedelta(0)
    since: datetime | None = None
    for what, at in meter:
        if what == "on":
            since = at
        elif since is not None:
            total, since = total + (at - since), None
    return total + (until - since if since is not None else timedelta(0))

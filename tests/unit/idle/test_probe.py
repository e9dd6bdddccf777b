"""A probe trusts the same host key as the steps, before and after the key was replaced."""

from datetime import UTC, datetime

import pytest

from provisioning.access.installation_keys import PLANTED, ROTATED, InstallationKeys
from provisioning.core.model.activity import Activity
from provisioning.core.model.policy import MachineLayout
from provisioning.core.model.server import Server, Status
from provisioning.idle.probe import MachineProbes


class Door:
    """A host that accepts only callers with its key."""

    def __init__(self, key: str) -> None:
        self.key = key

    async def activity(self, access, timeout):
        known = (access.host_public_key, access.former_public_key)
        return Activity(people=1) if self.key in known else Activity(unknown="HostKeyChanged")


def server(generation: int, address: str = "192.0.2.1") -> Server:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return Server(
        "s1",
        "sales",
        "U_ANA",
        "Ana",
        "ubuntu",
        "Standard_B2s",
        "westeurope",
        Status.RUNNING,
        now,
        "t1",
        address=address,
        host_key_generation=generation,
    )


@pytest.mark.parametrize(
    ("seen", "on_machine", "lets_in"),
    [
        (PLANTED, PLANTED, True),
        (PLANTED, ROTATED, True),
        (ROTATED, ROTATED, True),
        (ROTATED, PLANTED, False),
    ],
)
async def test_a_probe_signs_in_by_the_machines_present_host_key(
    tmp_path, seen, on_machine, lets_in
):
    keys = InstallationKeys(tmp_path / "keys")
    door = Door(keys.host_key("s1", on_machine).public_openssh)
    probes = MachineProbes(door, keys, MachineLayout(), 1.0)
    assert (await probes.probe(server(seen))).people == lets_in


async def test_the_activity_of_a_machine_without_an_address_is_unknown(tmp_path):
    probes = MachineProbes(Door(""), InstallationKeys(tmp_path / "keys"), MachineLayout(), 1.0)
    assert (await probes.probe(server(ROTATED, address=""))).busy is None

"""The host keys that the bot accepts from a machine, in a use case and in a probe."""

from dataclasses import replace

import pytest

from provisioning.access.installation_keys import PLANTED, ROTATED, InstallationKeys
from provisioning.access.machine_access import Reach
from provisioning.core.model.activity import Activity
from provisioning.core.model.policy import MachineLayout
from provisioning.idle.probe import MachineProbes
from tests.fake_host import FakeHost
from tests.unit.handlers.samples import RUNNING

SERVER = replace(RUNNING, address="20.1.2.3")


@pytest.fixture
def keys(tmp_path):
    return InstallationKeys(tmp_path / "keys")


def test_the_planted_key_is_accepted_until_it_was_replaced(keys):
    reach = Reach(keys, MachineLayout())
    new, planted = (keys.host_key(SERVER.id, each).public_openssh for each in (ROTATED, PLANTED))
    before = reach.access(replace(SERVER, host_key_generation=PLANTED))
    after = reach.access(replace(SERVER, host_key_generation=ROTATED))
    assert (before.host_public_key, before.former_public_key) == (new, planted)
    assert (after.host_public_key, after.former_public_key) == (new, "")


class KeyedHost(FakeHost):
    """A machine that refuses a client that expects another host key."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    async def activity(self, access, timeout=10.0):
        assert access.host_public_key == self.key
        return Activity()


async def test_a_probe_expects_the_key_that_the_machine_has_now(keys):
    host = KeyedHost(keys.host_key(SERVER.id, ROTATED).public_openssh)
    probes = MachineProbes(host, keys, MachineLayout(), budget=1.0)
    assert await probes.probe(replace(SERVER, host_key_generation=ROTATED)) == Activity()

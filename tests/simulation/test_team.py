"""A team's servers on local Azure, in simulated time."""

from decimal import Decimal

import pytest

from bot.sandbox.azure.app import CLIENT, SECRET, SUBSCRIPTION, TENANT, LocalAzure
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import AzureConfig, OpenPorts
from provisioning.core.model.cloud import Boot
from provisioning.platforms.catalogue import get_platform
from provisioning.usage.ledger import periods
from provisioning.usage.measure import measure
from tests.fakes import FakeClock
from tests.simulation.calendar import BEGIN, DAY, HOUR, MINUTE
from tests.simulation.machines import MeteredMachines, metered
from tests.simulation.team import PRICE, Team

BOOT = Boot("notebook-admin", "ssh-ed25519 AAAA nb", "#cloud-config\n")


@pytest.fixture
async def machines():
    clock = FakeClock()
    clock.time = BEGIN
    return MeteredMachines(clock)


@pytest.fixture
async def cloud(tmp_path, machines):
    folder = tmp_path / "azure"
    async with LocalAzure.running(
        folder, machines=machines, speed=20_000, seed=1, quota_times=4, group="group"
    ) as azure:
        config = AzureConfig(
            tenant_id=TENANT,
            client_id=CLIENT,
            client_secret=SECRET,
            subscription_id=SUBSCRIPTION,
            resource_group="group",
            management_url=azure.url,
            authority=azure.url,
            ca_file=azure.ca_file,
            poll_seconds=0.01,
        )
        cloud = open_cloud(config, "test", OpenPorts())
        await cloud.account.check()
        yield cloud


async def make(cloud, server) -> None:
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, get_platform("ubuntu"), BOOT)


@pytest.mark.parametrize(
    ("servers", "days", "look_every"),
    [
        pytest.param(10, 7, 5, marks=pytest.mark.long, id="a small team for a week"),
        pytest.param(200, 30, 15, marks=pytest.mark.month, id="200 servers for a month"),
    ],
)
@pytest.mark.timeout(7200)
async def test_no_work_is_lost_no_idle_server_stays_and_the_ledger_is_azures(
    tmp_path, cloud, machines, servers, days, look_every
):
    team = Team(machines, days, look_every * MINUTE)
    await team.build(tmp_path, cloud)
    await cloud.network.ensure_network("westeurope")
    for number in range(servers):
        await make(cloud, await team.add(number))
    await team.run()
    assert team.faults == []
    end, stops = BEGIN + days * DAY, 0
    changes, names = await team.stores.usage.changes(BEGIN)
    stretches = await team.stores.uses.uses(names.keys(), BEGIN)
    by_server = measure(periods(changes), stretches, names, "UTC", BEGIN, end).by_server()
    saved = Decimal(0)
    for server in await team.store.list_servers():
        power = team.power(server.id)
        offs = [at for what, at in power if what == "off"]
        assert team.messages.ended[server.id] == offs
        paid, on = by_server[server.id], metered(power, end)
        assert abs(paid.on - on) < MINUTE
        assert paid.on + paid.off == end - BEGIN
        assert paid.unseen < paid.on / 10
        assert abs(paid.saved - PRICE * Decimal((end - BEGIN - on) / HOUR)) < Decimal("0.01")
        stops, saved = stops + len(offs), saved + paid.saved
    assert stops > servers * days / 3
    warnings = sum(map(len, team.messages.warned.values()))
    print(f"{team.probes} probes, {warnings} warnings, {stops} stops, ${saved:.2f} saved")
    await team.close()

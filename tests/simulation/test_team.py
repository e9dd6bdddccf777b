"""Ten days of a small team against local Azure, in simulated time."""

import pytest

from migrations.schema import migrate
from provisioning.ledger import periods
from provisioning.model import Boot
from provisioning.platforms.catalogue import get_platform
from provisioning.store import SqlStore, create_database_engine
from provisioning.usage import measure
from provisioning.usage_store import SqlUsage
from provisioning.watch_store import SqlWatches
from tests.integration.clouds.conftest import (  # noqa: F401
    cloud,
    config,
    local_azure,
    machines,
)
from tests.simulation.team import BEGIN, DAY, MINUTE, Team, metered

pytestmark = pytest.mark.long

DAYS, SERVERS = 10, 5
BOOT = Boot("notebook-admin", "ssh-ed25519 AAAA nb", "#cloud-config\n")


@pytest.mark.timeout(600)
async def test_no_work_is_lost_no_idle_server_stays_and_the_ledger_is_azures(tmp_path, cloud):  # noqa: F811
    engine = create_database_engine(f"sqlite+aiosqlite:///{tmp_path}/bot.db")
    await migrate(engine)
    store = SqlStore(engine)
    team = Team(store, SqlWatches(engine), cloud, DAYS, look_every=5 * MINUTE)
    await cloud.ensure_network()
    for number in range(SERVERS):
        server = await team.add(number)
        await cloud.ensure_address(server)
        await cloud.ensure_nic(server)
        await cloud.ensure_vm(server, get_platform("ubuntu"), BOOT)
    await team.run()
    assert team.faults == []
    assert len(team.teller.warned) == len(set(team.teller.warned))
    stops = [at for meter in team.meter.values() for what, at in meter if what == "off"]
    assert len(team.teller.ended) == len(stops) > SERVERS * 3
    end = BEGIN + DAYS * DAY
    book = SqlUsage(engine)
    changes, names = await book.changes(BEGIN)
    stretches = await book.uses(names.keys(), BEGIN)
    found = measure(periods(changes), stretches, names, "UTC", BEGIN, end)
    for server_id, paid in found.by_server().items():
        assert abs(paid.on - metered(team.meter[server_id], end)) < MINUTE
        assert paid.on + paid.off == end - BEGIN
        assert paid.saved > paid.cost > 0
        assert paid.busy > 0 * MINUTE
        assert paid.unseen < paid.on / 10
    assert len(found.by_server()) == SERVERS
    await engine.dispose()

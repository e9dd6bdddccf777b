"""`admin sweep`, `admin orphans` and `admin adopt` in the local Slack."""

import asyncio
from datetime import timedelta

import pytest

from handlers.kit import action_ids
from provisioning.core.model.activity import Activity, WorkKind, Workload, unknown_activity
from provisioning.core.model.cloud import CloudMachine, PowerState
from provisioning.core.model.server import Status
from tests.integration.handlers.world import until

HOUR = timedelta(hours=1)


class OfAzure:
    """A machine in Azure whose row in the database was lost."""

    def __init__(self, place, server_id="lost00000001"):
        self.server_id = server_id
        place.cloud.resources[server_id] = {"vm", "nic", "ip"}
        place.cloud.known_machines[server_id] = CloudMachine(
            server_id, "sales", "U_ANA", PowerState.RUNNING, "Standard_B2s", "westeurope",
            "Canonical:ubuntu-24_04-lts:server", None,
        )  # fmt: skip


@pytest.mark.parametrize("words", ["sweep", "orphans", "adopt", "transfer all @ana @bob"])
async def test_only_admins_may_use_the_commands(place, words):
    assert "for admins of this bot" in await place.type(f"admin {words}")


async def test_a_sweep_runs_at_once_and_its_answer_says_what_it_did(place):
    server = await place.server("sales", status=Status.RUNNING)
    place.cloud.resources[server.id] = {"vm", "power"}
    place.seen[server.id] = Activity((Workload(WorkKind.CELL, "c", "train.ipynb", 60.0, 0.9),))
    for _ in range(2):  # also before the next probe is due
        answer = await place.type("admin sweep", user="U_EVE")
        assert "Checked 1 server." in answer
        assert "No owner had to be warned" in answer
        assert "Azure agrees" in answer
    assert [each.action for each in await place.stores.audit.events(limit=2)] == ["sweep", "sweep"]


async def test_a_sweep_says_what_differed_in_azure(place):
    await place.server("sales", status=Status.RUNNING)
    answer = await place.type("admin sweep", user="U_EVE")
    assert "`sales`: Azure does not show its machine; nothing changed" in answer
    assert place.work.asked == []


async def test_the_sweep_warns_the_owner_of_an_idle_server(place):
    server = await place.server("sales", status=Status.RUNNING)
    place.cloud.resources[server.id] = {"vm", "power"}
    long_ago = server.created_at - 20 * HOUR
    await place.store.update(server.id, server.generation, ready_at=long_ago)
    await place.type("admin sweep", user="U_EVE")
    watch = await place.watches.get(server.id)
    idle = watch.history.__class__(
        started_at=long_ago, seen_at=watch.history.seen_at, idle_since=long_ago, zone="UTC"
    )
    await place.watches.save(watch.__class__(**{**watch.__dict__, "history": idle}))
    assert "Warned the owners of `sales`" in await place.type("admin sweep", user="U_EVE")
    assert [job for job, _ in place.work.asked] == ["warn"]


async def test_a_machine_of_unknown_use_is_probed_and_left_running(place):
    server = await place.server("sales", status=Status.RUNNING)
    place.cloud.resources[server.id] = {"vm", "power"}
    place.seen[server.id] = unknown_activity("no answer")
    assert "Checked 1 server." in await place.type("admin sweep", user="U_EVE")
    assert place.work.asked == []


async def test_orphans_are_listed_with_buttons_and_adopted_once(place):
    orphan = OfAzure(place)
    await place.type("admin orphans", user="U_EVE")
    (listed,) = await place.ephemerals("U_EVE")
    assert "1 server in Azure without a record" in str(listed["blocks"])
    # The first answer replaces the list: a second click may come too late for Slack.
    clicks = (place.click(listed, action_ids.ORPHAN_ADOPT_BUTTON, user="U_EVE") for _ in range(2))
    await asyncio.gather(*clicks, return_exceptions=True)

    async def adopted():
        return await place.store.list_servers("U_ANA")

    (server,) = await until(adopted)
    assert (server.id, server.status) == (orphan.server_id, Status.RUNNING)
    await place.tasks.drain(60)
    adoptions = [each for each in await place.stores.audit.events() if each.action == "adopt"]
    assert len(adoptions) == 1
    assert "has a record" in await place.type("admin orphans", user="U_EVE")


async def test_a_click_by_a_member_without_rights_changes_nothing(place):
    OfAzure(place)
    await place.type("admin orphans", user="U_EVE")
    (listed,) = await place.ephemerals("U_EVE")
    assert not await place.store.list_servers()
    body = {"user": "U_ANA", "channel": listed["channel"], "ts": listed["ts"]}
    async with place.session.post(
        f"{place.url}/sandbox/actions", json=body | {"action_id": action_ids.ORPHAN_ADOPT_BUTTON}
    ) as answer:
        assert answer.status == 404  # the message is visible only to the admin


async def test_one_orphan_is_adopted_by_its_tag_and_all_without_a_tag(place):
    OfAzure(place)
    place.cloud.resources["parts0000001"] = {"ip"}
    answer = await place.type("admin adopt lost00000001", user="U_EVE")
    assert "Adopted `sales` of <@U_ANA>" in answer
    answer = await place.type("admin adopt", user="U_EVE")
    assert "Only parts are left of `parts0000001`" in answer
    assert "no machine" in await place.type("admin adopt parts0000001", user="U_EVE")

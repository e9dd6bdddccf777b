"""The workflows on the real engine and a real SQLite file; cloud, machine and chat are fakes."""

import asyncio
import sqlite3
from dataclasses import replace

import pytest

from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.server import Job, Server, Status

from .house import House


async def test_a_creation_ends_with_one_hand_over(house):
    server = await house.add()
    await house.engine.begin(Job.CREATE, server)
    await house.until_shown("s1", "ready")
    row = await house.store.get("s1")
    assert row.status is Status.RUNNING
    assert row.url == "https://127.0.0.1/"
    assert house.host.verified == 1
    assert house.cards.endings("s1") == ["ready"]
    stages = [what.split()[1] for _, what in house.cards.shown if "progress" in what]
    assert [s for i, s in enumerate(stages) if i == 0 or stages[i - 1] != s] == [
        "check",
        "network",
        "machine",
        "connect",
        "set_up",
        "verify",
        "hand_over",
    ]


async def test_beginning_twice_makes_one(house):
    server = await house.add()
    await asyncio.gather(*(house.engine.begin(Job.CREATE, server) for _ in range(5)))
    await house.until_shown("s1", "ready")
    assert house.cloud.vm_puts == 1
    assert house.cards.endings("s1") == ["ready"]


async def test_a_refused_size_is_cleaned_up_and_told(house):
    refusal = PermanentError("That size is not sold here. Choose another.", "SkuNotAvailable")
    house.cloud.failures["ensure_vm"] = [refusal]
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "failed")
    row = await house.store.get("s1")
    assert (row.status, row.failure.code) == (Status.FAILED, "SkuNotAvailable")
    assert house.cloud.resources == {}
    assert house.cards.endings("s1") == ["failed: That size is not sold here. Choose another."]


@pytest.mark.parametrize(
    ("code", "elsewhere"),
    [
        ("AllocationFailed", ("northeurope",)),
        ("QuotaExceeded", ("northeurope",)),
        ("Unverified", ()),
    ],
)
async def test_a_refusal_that_another_region_cures_is_kept_with_those_that_have_room(
    house, code, elsewhere
):
    house.cloud.failures["ensure_vm"] = [PermanentError("There is no room.", code)]
    server = await house.add()
    await house.engine.begin(Job.CREATE, server)
    await house.until_shown(server.id, "failed")
    row = await house.store.get(server.id)
    assert (row.failure.code, row.elsewhere) == (code, elsewhere)


async def test_a_region_that_is_full_too_is_not_kept(house):
    house.cloud.failures["ensure_vm"] = [PermanentError("There is no room.", "AllocationFailed")]
    house.cloud.full = {"northeurope": ("Standard_B2s",)}
    server = await house.add()
    await house.engine.begin(Job.CREATE, server)
    await house.until_shown(server.id, "failed")
    assert (await house.store.get(server.id)).elsewhere == ()


async def test_the_network_is_that_of_the_servers_region(house):
    server = await house.add(region="northeurope")
    await house.engine.begin(Job.CREATE, server)
    await house.until_shown(server.id, "ready")
    assert house.cloud.networks == ["northeurope"]


async def test_what_the_set_up_could_not_bring_along_is_told_before_anything_is_made(house):
    house.host.failures["prepare"] = [PermanentError("No installer to be had.", "NoInstaller")]
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "failed: No installer to be had.")
    assert house.cloud.vm_puts == 0


async def test_what_is_not_yet_so_is_tried_again(house):
    house.host.failures["check_https"] = [NotYet("https does not answer", 0.01)] * 3
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "ready")


async def test_a_busy_network_is_tried_again_and_a_refused_address_is_told(house):
    house.cloud.failures["ensure_network"] = [NotYet("another operation is in progress", 0.01)]
    house.cloud.failures["ensure_address"] = [
        NotYet("busy", 0.01),
        PermanentError("No more addresses.", "PublicIPCountLimitReached"),
    ]
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "failed: No more addresses.")


async def test_a_bug_in_a_step_ends_with_a_reference_and_leaves_nothing(house):
    house.host.failures["set_up"] = [KeyError("boom")] * 3
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "failed")
    row = await house.store.get("s1")
    assert "reference" in row.failure.text
    assert "boom" not in row.failure.text
    assert house.cloud.resources == {}


async def test_a_delete_in_the_middle_of_a_creation_leaves_nothing(house):
    house.cloud.vm_gate = asyncio.Event()  # never set: the VM takes for ever
    server = await house.add()
    await house.engine.begin(Job.CREATE, server)

    async def begun() -> bool:
        return house.cloud.vm_puts == 1

    await house.until(begun)
    await house.delete(server)
    await house.until_shown("s1", "deleted")
    assert house.cloud.resources == {}
    assert house.cards.endings("s1") == ["deleted"]
    assert (await house.store.get("s1")).status is Status.DELETED


async def test_a_hand_over_that_slack_refused_comes_later_with_a_fresh_password(house):
    house.cards.down = 3
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "ready")
    assert len(house.host.hashes) == 4
    assert len(set(house.host.hashes)) == 4
    assert len(house.cards.passwords) == 1


async def test_a_new_password_is_another_one(house):
    server = await house.add()
    await house.engine.begin(Job.CREATE, server)
    await house.until_shown("s1", "ready")
    await house.engine.begin(Job.PASSWORD, await house.store.get("s1"), "click-1")
    await house.engine.begin(Job.PASSWORD, await house.store.get("s1"), "click-1")

    async def delivered() -> bool:
        return len(house.cards.passwords) == 2

    await house.until(delivered)
    assert len(set(house.cards.passwords)) == 2


async def test_no_password_and_no_hash_is_in_the_database(house):
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "ready")
    with sqlite3.connect(house.file) as connection:
        dump = "\n".join(connection.iterdump())
    assert "s1:create:1" in dump
    assert house.cards.passwords[0] not in dump
    assert "argon2" not in dump


async def test_a_row_whose_work_was_never_begun_is_taken_up_at_the_next_start(house):
    await house.add()  # the crash came before engine.create
    await house.engine.recover()
    await house.until_shown("s1", "ready")


async def test_a_deletion_that_the_engine_gave_up_on_begins_again(house):
    server = await house.add()
    house.cloud.failures["delete_server"] = [
        PermanentError("The bot may not delete.", "AuthorizationFailed")
    ]
    await house.engine.begin(Job.CREATE, server)
    await house.until_shown("s1", "ready")
    changed = await house.delete(await house.store.get("s1"))

    async def refused() -> bool:
        return not house.cloud.failures["delete_server"]

    await house.until(refused)

    async def gone() -> bool:
        await house.engine.recover()
        return (await house.store.get("s1")).status is Status.DELETED

    await house.until(gone)
    assert (await house.store.get("s1")).generation > changed.generation


async def test_fifty_creations_at_once_all_end_ready(house):
    servers = [await house.add(number) for number in range(50)]
    await asyncio.gather(*(house.engine.begin(Job.CREATE, server) for server in servers))
    for server in servers:
        await house.until_shown(server.id, "ready")
    assert house.cloud.vm_puts == 50


async def test_a_restart_goes_on_where_it_was(house):
    house.cloud.vm_gate = asyncio.Event()
    server = await house.add()
    await house.engine.begin(Job.CREATE, server)

    async def begun() -> bool:
        return house.cloud.vm_puts == 1

    await house.until(begun)
    await house.close()
    await house.build()
    house.cloud.vm_gate.set()
    await house.engine.launch()
    await house.until_shown("s1", "ready")
    assert house.cloud.vm_puts == 1
    assert replace(await house.store.get("s1"), status=Status.RUNNING).generation == 1


async def ready(house: House) -> Server:
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "ready")
    return await house.store.get("s1")


async def wish(house: House, server: Server, job: Job, status: Status) -> Server:
    changed = await house.store.update(
        server.id, server.generation, generation=server.generation + 1, status=status
    )
    await house.engine.begin(job, changed)
    return changed


async def test_a_stopped_server_costs_no_machine_and_runs_again_after_a_start(house):
    stopping = await wish(house, await ready(house), Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    stopped = await house.store.get("s1")
    assert (stopped.status, stopped.stopped_at) == (Status.STOPPED, house.clock.now())
    assert house.cloud.resources["s1"] == {"ip", "nic", "vm"}

    await wish(house, stopping, Job.START, Status.STARTING)
    await house.until_shown("s1", "running")
    running = await house.store.get("s1")
    assert (running.status, running.stopped_at) == (Status.RUNNING, None)
    assert "power" in house.cloud.resources["s1"]
    assert house.host.verified == 2
    assert [e.action for e in await house.stores.audit.events("s1")][:2] == ["running", "stopped"]


async def test_a_restart_ends_with_a_notebook_that_was_seen_to_work(house):
    await wish(house, await ready(house), Job.RESTART, Status.RESTARTING)
    await house.until_shown("s1", "running")
    assert (await house.store.get("s1")).status is Status.RUNNING
    assert house.host.verified == 2


async def test_a_start_that_the_cloud_refuses_leaves_the_server_stopped_and_says_why(house):
    stopping = await wish(house, await ready(house), Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    refusal = PermanentError("The region is full. Try again in an hour.", "AllocationFailed")
    house.cloud.failures["start"] = [refusal]
    await wish(house, stopping, Job.START, Status.STARTING)
    await house.until_shown("s1", "stopped: The region is full. Try again in an hour.")
    row = await house.store.get("s1")
    assert (row.status, row.failure.code) == (Status.STOPPED, "AllocationFailed")


async def test_a_notebook_that_does_not_come_up_again_costs_no_machine(house):
    stopping = await wish(house, await ready(house), Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    house.host.failures["verify"] = [PermanentError("The kernel answered 3.", "Unverified")]
    await wish(house, stopping, Job.START, Status.STARTING)
    await house.until_shown("s1", "stopped: The kernel answered 3.")
    assert "power" not in house.cloud.resources["s1"]


async def test_a_stop_that_the_cloud_refuses_leaves_the_server_running_and_says_why(house):
    server = await ready(house)
    house.cloud.failures["stop"] = [PermanentError("A lock is on it.", "ScopeLocked")]
    await wish(house, server, Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "running: A lock is on it.")
    assert (await house.store.get("s1")).status is Status.RUNNING


async def test_a_chat_that_is_down_keeps_no_machine_on(house):
    server = await ready(house)
    house.cards.down = 3
    await wish(house, server, Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    assert "power" not in house.cloud.resources["s1"]


async def test_a_stop_whose_beginning_got_lost_in_a_crash_is_begun_again(house):
    server = await ready(house)
    await house.store.update(
        server.id, server.generation, generation=server.generation + 1, status=Status.STOPPING
    )
    await house.engine.recover()
    await house.until_shown("s1", "stopped")

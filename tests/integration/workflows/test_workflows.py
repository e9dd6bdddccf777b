"""The workflows on the real engine and a real SQLite file; cloud, machine and chat are fakes."""

import asyncio
from dataclasses import replace

import pytest

from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_, restored, said
from provisioning.core.model.server import Job, Server, Status
from tests.databases import everything_in, url_of

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


async def test_beginning_twice_creates_one_server(house):
    server = await house.add()
    await asyncio.gather(*(house.engine.begin(Job.CREATE, server) for _ in range(5)))
    await house.until_shown("s1", "ready")
    assert house.cloud.vm_puts == 1
    assert house.cards.endings("s1") == ["ready"]


async def test_a_refused_size_is_cleaned_up_and_shown_to_the_owner(house):
    refusal = PermanentError("That size is not sold here. Choose another.", "SkuNotAvailable")
    house.cloud.failures["ensure_vm"] = [refusal]
    await house.engine.begin(Job.CREATE, await house.add())
    row = await house.until_cleaned("s1", "That size is not sold here. Choose another.")
    assert (row.status, row.failure.code) == (Status.FAILED, "SkuNotAvailable")
    assert house.cloud.resources == {}
    assert house.cards.news == [("s1", "failed: That size is not sold here. Choose another.")]


@pytest.mark.parametrize(
    ("code", "elsewhere"),
    [
        ("AllocationFailed", ("northeurope",)),
        ("QuotaExceeded", ("northeurope",)),
        ("Unverified", ()),
    ],
)
async def test_a_refusal_of_a_region_is_stored_with_regions_that_have_room(house, code, elsewhere):
    house.cloud.failures["ensure_vm"] = [PermanentError("There is no room.", code)]
    server = await house.add()
    await house.engine.begin(Job.CREATE, server)
    row = await house.until_cleaned(server.id, "There is no room.")
    assert (row.failure.code, row.elsewhere) == (code, elsewhere)


async def test_a_full_region_is_not_offered(house):
    house.cloud.failures["ensure_vm"] = [PermanentError("There is no room.", "AllocationFailed")]
    house.cloud.full = {"northeurope": ("Standard_B2s",)}
    server = await house.add()
    await house.engine.begin(Job.CREATE, server)
    assert (await house.until_cleaned(server.id, "There is no room.")).elsewhere == ()


async def test_the_network_is_that_of_the_servers_region(house):
    server = await house.add(region="northeurope")
    await house.engine.begin(Job.CREATE, server)
    await house.until_shown(server.id, "ready")
    assert house.cloud.networks == ["northeurope"]


async def test_a_missing_part_of_the_set_up_fails_before_anything_is_created(house):
    house.host.failures["prepare"] = [PermanentError("No installer to be had.", "NoInstaller")]
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "failed: No installer to be had.")
    assert house.cloud.vm_puts == 0


async def test_a_step_that_is_not_ready_yet_is_retried(house):
    house.host.failures["check_https"] = [NotYet("https does not answer", 0.01)] * 3
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "ready")


async def test_a_busy_network_is_retried_and_a_refused_address_fails(house):
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
    row = await house.until_cleaned("s1", "reference")
    assert "boom" not in row.failure.text
    assert house.cloud.resources == {}


async def test_a_delete_in_the_middle_of_a_creation_leaves_nothing(house):
    house.cloud.vm_gate = asyncio.Event()  # never set, so the VM is never done
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


async def test_a_hand_over_that_slack_refused_is_retried_with_another_password(house):
    house.cards.down = 3
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "ready")
    assert len(house.host.hashes) == 4
    assert len(set(house.host.hashes)) == 4
    assert len(house.cards.passwords) == 1


async def test_a_new_password_differs_from_the_first(house):
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
    dump = everything_in(url_of(house.folder))
    assert "s1:create:1" in dump
    assert house.cards.passwords[0] not in dump
    assert "argon2" not in dump


async def test_a_server_without_a_workflow_is_taken_up_at_the_next_start(house):
    await house.add()  # the crash came before engine.create
    await house.engine.recover()
    await house.until_shown("s1", "ready")


async def test_a_refused_deletion_leaves_the_server_and_is_told_to_owner_and_admins(house):
    server = await ready(house)
    refusal = PermanentError("The bot may not delete.", "AuthorizationFailed")
    house.cloud.failures["delete_server"] = [refusal]
    await house.delete(server)
    row = await house.until_cleaned("s1", "The bot may not delete.")
    assert (row.status, row.failure.job) == (Status.RUNNING, Job.DELETE)
    assert house.cards.news[1:] == [("s1", f"running: {row.failure.text}")]
    assert house.alerts.asked == {("s1", "AuthorizationFailed"): "The bot may not delete."}

    await house.engine.recover()  # begins nothing: the server is as its owner sees it
    await house.delete(row)

    async def gone() -> bool:
        return (await house.store.get("s1")).status is Status.DELETED

    await house.until(gone)
    assert house.cloud.resources == {}


async def test_a_refused_deletion_of_an_unfinished_server_leaves_none_that_looks_ready(house):
    house.cloud.vm_gate = asyncio.Event()
    await house.engine.begin(Job.CREATE, await house.add())

    async def begun() -> bool:
        return house.cloud.vm_puts == 1

    await house.until(begun)
    refusal = PermanentError("The bot may not delete.", "AuthorizationFailed")
    house.cloud.failures["delete_server"] = [refusal, refusal]
    await house.delete(await house.store.get("s1"))

    async def remains() -> bool:
        row = await house.store.get("s1")
        return row.remains is not None and bool(row.remains.reason)

    await house.until(remains)
    row = await house.store.get("s1")
    assert row.status is Status.FAILED
    assert "The bot may not delete." in said(row.failure.text)

    await house.engine.recover()  # cleans up what is left

    async def gone() -> bool:
        return (await house.store.get("s1")).remains is None

    await house.until(gone)
    assert house.cloud.resources == {}


@pytest.mark.parametrize("count", [20, pytest.param(50, marks=pytest.mark.long)])
async def test_creations_at_once_all_end_ready(house, count):
    servers = [await house.add(number) for number in range(count)]
    await asyncio.gather(*(house.engine.begin(Job.CREATE, server) for server in servers))
    for server in servers:
        await house.until_shown(server.id, "ready")
    assert house.cloud.vm_puts == count


async def test_a_restarted_bot_continues_where_it_stopped(house):
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


async def ready(house: House, number: int = 1) -> Server:
    await house.engine.begin(Job.CREATE, await house.add(number))
    await house.until_shown(f"s{number}", "ready")
    return await house.store.get(f"s{number}")


async def change(house: House, server: Server, job: Job, status: Status) -> Server:
    changed = await house.store.update(
        server.id, server.generation, generation=server.generation + 1, status=status
    )
    await house.engine.begin(job, changed)
    return changed


async def test_a_stop_deallocates_the_machine_and_a_start_runs_it_again(house):
    stopping = await change(house, await ready(house), Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    stopped = await house.store.get("s1")
    assert (stopped.status, stopped.stopped_at) == (Status.STOPPED, house.clock.now())
    assert house.cloud.resources["s1"] == {"ip", "nic", "vm"}

    await change(house, stopping, Job.START, Status.STARTING)
    await house.until_shown("s1", "running")
    running = await house.store.get("s1")
    assert (running.status, running.stopped_at) == (Status.RUNNING, None)
    assert "power" in house.cloud.resources["s1"]
    assert house.host.verified == 2
    assert [e.action for e in await house.stores.audit.events("s1")][:2] == ["running", "stopped"]


async def test_a_restart_ends_with_a_verified_notebook(house):
    await change(house, await ready(house), Job.RESTART, Status.RESTARTING)
    await house.until_shown("s1", "running")
    assert (await house.store.get("s1")).status is Status.RUNNING
    assert house.host.verified == 2


async def test_what_a_failed_creation_left_is_deleted_later(house):
    house.cloud.failures["ensure_vm"] = [PermanentError("It is refused.", "AllocationFailed")]
    refusal = PermanentError("The bot may not delete.", "AuthorizationFailed", "Give it the role.")
    house.cloud.failures["delete_server"] = [refusal]
    await house.engine.begin(Job.CREATE, await house.add())

    async def given_up() -> bool:
        remains = (await house.store.get("s1")).remains
        return remains is not None and remains.reason == "The bot may not delete."

    await house.until(given_up)
    row = await house.store.get("s1")
    assert (row.status, row.failure.text) == (Status.FAILED, "It is refused.")
    trail = [event.action for event in await house.stores.audit.events("s1")]
    assert trail[:2] == ["clean_up_failed", "failed"]

    async def alarmed() -> bool:
        return bool(house.alerts.asked)

    await house.until(alarmed)
    (told,) = house.alerts.asked.values()
    assert told == "The bot may not delete. Give it the role."
    await house.engine.recover()

    async def cleaned() -> bool:
        return (await house.store.get("s1")).remains is None

    await house.until(cleaned)
    assert house.cloud.resources == {}


async def test_a_start_that_the_cloud_refuses_leaves_the_server_stopped_with_a_reason(house):
    stopping = await change(house, await ready(house), Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    refusal = PermanentError("The region is full. Try again in an hour.", "AllocationFailed")
    house.cloud.failures["start"] = [refusal]
    await change(house, stopping, Job.START, Status.STARTING)
    row = await house.until_cleaned("s1", "The region is full. Try again in an hour.")
    assert (row.status, row.failure.code) == (Status.STOPPED, "AllocationFailed")


async def test_a_stop_that_the_cloud_refuses_leaves_the_server_running_with_a_reason(house):
    server = await ready(house)
    house.cloud.failures["stop"] = [PermanentError("A lock is on it.", "ScopeLocked")]
    await change(house, server, Job.STOP, Status.STOPPING)
    row = await house.until_cleaned("s1", "A lock is on it. It still runs and costs money.")
    assert row.status is Status.RUNNING
    assert house.host.people == ["U_ANA"], "its owner can sign in again"
    assert list(house.alerts.asked) == [("s1", "ScopeLocked")]


async def test_a_stop_does_not_wait_for_slack(house):
    server = await ready(house)
    house.cards.down = 3
    await change(house, server, Job.STOP, Status.STOPPING)
    await house.until_shown("s1", "stopped")
    assert "power" not in house.cloud.resources["s1"]


async def test_a_stop_that_a_crash_lost_is_begun_again(house):
    server = await ready(house)
    await house.store.update(
        server.id, server.generation, generation=server.generation + 1, status=Status.STOPPING
    )
    await house.engine.recover()
    await house.until_shown("s1", "stopped")


async def test_the_card_says_why_the_machine_takes_another_attempt(house):
    reason = N_("Azure failed to create the machine (attempt {number} of {most})", number=1, most=5)
    house.cloud.failures["ensure_vm"] = [NotYet(reason, 0.01)]
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "ready")
    details = [restored(each) for each in house.cards.details]
    assert "Azure failed to create the machine (attempt 1 of 5)" in details

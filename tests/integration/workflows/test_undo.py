"""A deletion with a snapshot, the restore and the snapshot's end, on the real engine and SQLite."""

from dataclasses import replace
from datetime import timedelta

import pytest

from provisioning.access.installation_keys import PLANTED, ROTATED
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_, restored
from provisioning.core.model.server import Job, Snapshot, Status
from provisioning.workflows.delete import EndOfCopies
from provisioning.workflows.durable.steps import Step

WEEK = timedelta(days=7)


async def ready(house):
    await house.engine.begin(Job.CREATE, await house.add())
    await house.until_shown("s1", "ready")
    return await house.store.get("s1")


async def change(house, job, **changes):
    server = await house.store.get("s1")
    changed = await house.store.update(
        "s1", server.generation, generation=server.generation + 1, **changes
    )
    await house.engine.begin(job, changed)
    return changed


def in_a_week(house):
    return Snapshot("word", house.clock.now() + WEEK)


async def delete(house):
    return await change(
        house, Job.DELETE_WITH_COPY, status=Status.DELETING, snapshot=in_a_week(house)
    )


async def deleted(house):
    await ready(house)
    await delete(house)
    await house.until_shown("s1", "deleted")
    return await house.store.get("s1")


async def undo(house):
    return await change(house, Job.UNDO, status=Status.RESTORING, host_key_generation=PLANTED)


async def test_the_card_of_a_restore_says_why_the_machine_takes_another_attempt(house):
    await deleted(house)
    reason = N_("Azure failed to create the machine (attempt {number} of {most})", number=1, most=5)
    house.cloud.failures["ensure_vm_of_copy"] = [NotYet(reason, 0.01)]

    await undo(house)
    await house.until_shown("s1", "running")

    details = [restored(each) for each in house.cards.details]
    assert "Azure failed to create the machine (attempt 1 of 5)" in details
    assert details[-1] != reason, "it is said no longer"


def sweep(house):
    return EndOfCopies(house.cloud, house.engine, house.store, house.clock)


async def test_a_deletion_with_a_snapshot_leaves_only_the_snapshot(house):
    row = await deleted(house)
    assert house.cloud.resources == {"s1": {"copy-word"}}
    assert (row.status, row.snapshot) == (Status.DELETED, in_a_week(house))
    assert house.host.people == [], "no member may sign in until the access list is applied"


async def test_a_deletion_without_a_snapshot_leaves_nothing(house):
    server = await ready(house)
    await house.delete(server)
    await house.until_shown("s1", "deleted")
    assert house.cloud.resources == {}


async def test_a_stopped_server_gets_a_snapshot_without_a_start(house):
    server = await ready(house)
    await house.cloud.machines.stop("s1")
    await house.store.update("s1", server.generation, status=Status.STOPPED)
    await delete(house)
    await house.until_shown("s1", "deleted")
    assert house.cloud.resources == {"s1": {"copy-word"}}


async def test_a_failed_snapshot_leaves_the_server_as_it_was(house):
    await ready(house)
    house.cloud.failures["ensure_copy"] = [PermanentError("No room for it.", "CopyFailed")]
    await delete(house)
    row = await house.until_cleaned("s1", "No room for it.")
    assert (row.status, row.snapshot) == (Status.STOPPED, None)
    assert row.failure.text.startswith("It was not deleted")
    assert house.cloud.resources["s1"] >= {"vm", "ip", "nic"}


async def test_a_disk_is_never_deleted_before_its_snapshot_is_complete(house):
    """The step that deletes the server checks the snapshot itself."""
    await ready(house)
    await house.cloud.machines.stop("s1")
    table = house.workflows()
    remove = next(step for step in table[Job.DELETE].steps if step.name == "remove")
    server = replace(await house.store.get("s1"), snapshot=in_a_week(house))
    house.cloud.failures["ensure_copy"] = [PermanentError("No.", "CopyFailed")]
    with pytest.raises(PermanentError):
        await remove.run(server)
    assert "vm" in house.cloud.resources["s1"]
    await remove.run(server)
    await remove.run(server)
    assert house.cloud.resources == {"s1": {"copy-word"}}


@pytest.mark.parametrize("step", ["turn_off", "copy", "remove"])
async def test_a_hidden_disk_is_waited_for_and_never_deleted_without_its_snapshot(house, step):
    await ready(house)
    steps = house.workflows()[Job.DELETE_WITH_COPY].steps
    server = replace(await house.store.get("s1"), snapshot=in_a_week(house))
    house.cloud.hidden.add("s1")
    with pytest.raises(NotYet, match="does not show"):
        await next(each for each in steps if each.name == step).run(server)
    assert {"vm", "nic", "ip"} <= house.cloud.resources["s1"]


@pytest.mark.parametrize("step", ["turn_off", "copy", "remove"])
async def test_every_step_may_run_twice(house, step):
    await ready(house)
    workflow = house.workflows()[Job.DELETE_WITH_COPY]
    server = await house.store.get("s1")
    server = await house.store.update(
        "s1", server.generation, status=Status.DELETING, snapshot=in_a_week(house),
    )  # fmt: skip
    for each in workflow.steps:
        await each.run(await house.store.get("s1"))
        if each.name == step:
            await each.run(await house.store.get("s1"))
    assert house.cloud.resources == {"s1": {"copy-word"}}
    assert (await house.store.get("s1")).snapshot.id == "word"


async def test_a_deletion_that_a_crash_lost_still_takes_its_snapshot(house):
    server = await ready(house)
    await house.store.update(
        "s1", server.generation, generation=server.generation + 1, status=Status.DELETING,
        snapshot=in_a_week(house),
    )  # fmt: skip
    await house.engine.recover()
    await house.until_shown("s1", "deleted")
    assert house.cloud.resources == {"s1": {"copy-word"}}


async def test_a_restore_recreates_the_server_and_deletes_the_snapshot(house):
    await deleted(house)
    passwords = len(house.host.hashes)
    await undo(house)
    await house.until_shown("s1", "running")
    row = await house.store.get("s1")
    assert (row.status, row.snapshot, row.ended_at) == (Status.RUNNING, None, None)
    assert house.cloud.resources == {"s1": {"ip", "nic", "vm", "power"}}
    assert house.host.people == ["U_ANA"]
    assert len(house.host.hashes) == passwords, "the owner's own password is on the disk"
    assert house.cards.endings("s1")[-2:] == ["restoring", "running"]


async def test_a_restored_machine_gets_the_rotated_host_key_again(house):
    await deleted(house)
    await undo(house)
    await house.until_shown("s1", "running")
    assert len(house.host.rotations) == 2
    assert house.host.rotations[-1].former_public_key, "cloud-init planted the key again"
    assert (await house.store.get("s1")).host_key_generation == ROTATED


async def test_a_failed_restore_keeps_the_snapshot_and_shows_the_reason(house):
    row = await deleted(house)
    house.clock.advance(days=6, hours=23)
    house.cloud.failures["check_server"] = [PermanentError("No cores left.", "QuotaExceeded")]
    await undo(house)
    after = await house.until_cleaned("s1", "No cores left.")
    assert (after.status, after.snapshot.id) == (Status.DELETED, "word")
    assert after.snapshot.until == house.clock.now() + timedelta(days=1) > row.snapshot.until
    assert house.cloud.resources == {"s1": {"copy-word"}}
    await undo(house)
    await house.until_shown("s1", "running")


async def test_a_snapshot_that_can_not_be_deleted_does_not_fail_the_restore(house):
    await deleted(house)
    house.cloud.failures["delete_copy"] = [PermanentError("No.", "AuthorizationFailed")]
    await undo(house)
    await house.until_shown("s1", "running")
    assert (await house.store.get("s1")).status is Status.RUNNING
    await house.delete(await house.store.get("s1"))
    await house.until_shown("s1", "deleted")

    async def gone():
        return house.cloud.resources == {}

    await house.until(gone)


async def test_a_snapshot_is_deleted_at_its_end_and_not_before(house):
    await deleted(house)
    house.clock.advance(days=6, hours=23)
    await sweep(house).tick(house.clock.now())
    assert house.cloud.resources == {"s1": {"copy-word"}}
    house.clock.advance(hours=1)
    before = house.cards.endings("s1")
    house.cards.down = 1
    await sweep(house).tick(house.clock.now())
    row = await house.store.get("s1")
    assert (house.cloud.resources, row.snapshot) == ({}, None)

    async def drawn():
        return house.cards.endings("s1") == [*before, "deleted"]

    await house.until(drawn)


async def test_a_snapshot_that_can_not_be_deleted_now_is_deleted_at_the_next_tick(house):
    await deleted(house)
    house.clock.advance(days=8)
    house.cloud.failures["delete_copy"] = [PermanentError("No.", "AuthorizationFailed")]
    with pytest.raises(PermanentError, match="No"):  # for the admins
        await sweep(house).tick(house.clock.now())
    assert house.cloud.resources == {"s1": {"copy-word"}}
    await sweep(house).tick(house.clock.now())
    assert house.cloud.resources == {}


async def test_steps_before_the_snapshot_find_the_running_server(house):
    seen = []

    async def look(server):
        seen.append((server.status, set(house.cloud.resources[server.id])))

    house.engine.add_workflows(house.workflows(Step("look", look)))
    await deleted(house)
    ((status, parts),) = seen
    assert status is Status.DELETING
    assert {"vm", "power"} <= parts
    assert house.cloud.resources == {"s1": {"copy-word"}}


async def missing(house):
    """A server whose machine was removed in the portal, but not its disk."""
    await ready(house)
    house.cloud.resources["s1"] = {"disk", "nic", "ip"}
    server = await house.store.get("s1")
    await house.store.update("s1", server.generation, status=Status.MISSING)


async def test_a_missing_server_is_restored_from_its_disk(house):
    await missing(house)
    await undo(house)
    await house.until_shown("s1", "running")
    row = await house.store.get("s1")
    assert (row.status, row.failure, row.absence) == (Status.RUNNING, None, None)
    assert {"vm", "disk"} <= house.cloud.resources["s1"]


async def test_a_failed_restore_from_the_disk_deletes_nothing(house):
    await missing(house)
    house.cloud.failures["ensure_vm_of_copy"] = [PermanentError("No room.", "SkuNotAvailable")]
    await undo(house)
    await house.until_shown("s1", "missing")
    row = await house.store.get("s1")
    assert (row.status, row.failure.code) == (Status.MISSING, "SkuNotAvailable")
    assert house.cloud.resources == {"s1": {"disk", "nic", "ip"}}


async def test_a_deletion_without_a_machine_a_disk_or_its_snapshot_leaves_the_server_missing(house):
    await ready(house)
    house.cloud.resources["s1"] = {"nic", "ip"}
    house.cloud.failures["ensure_copy"] = [PermanentError("No disk.", "CopyFailed")]
    await delete(house)
    await house.until_shown("s1", "missing")
    row = await house.store.get("s1")
    assert (row.status, row.snapshot) == (Status.MISSING, None)
    assert house.cloud.resources == {"s1": {"nic", "ip"}}


async def test_a_failed_restore_is_not_cleaned_up_while_its_snapshot_is_not_shown(house):
    await ready(house)
    server = replace(await house.store.get("s1"), snapshot=in_a_week(house))
    house.cloud.hidden.add("s1")
    with pytest.raises(NotYet, match="does not show the snapshot"):
        await house.workflows()[Job.UNDO].on_failure.clean_up(server)
    assert {"vm", "nic", "ip"} <= house.cloud.resources["s1"]

"""A resize on the real engine and SQLite: done, refused, and put back."""

from decimal import Decimal

from provisioning.core.errors import PermanentError
from provisioning.core.model.server import Job, PasswordHidden, ResizeRequest, Status

from .test_undo import change, ready


async def resize(house, size="Standard_B2ms"):
    return await change(
        house,
        Job.RESIZE,
        status=Status.RESIZING,
        resize=ResizeRequest(size, Decimal("0.0832")),
    )


async def stopped(house):
    server = await ready(house)
    await house.cloud.machines.stop("s1")
    await house.store.update(
        "s1", server.generation, status=Status.STOPPED, stopped_at=house.clock.now()
    )


async def test_a_resized_running_server_runs_again(house):
    await ready(house)
    await resize(house)
    await house.until_shown("s1", "running")
    row = await house.store.get("s1")
    assert (row.size, row.resize, str(row.price_per_hour)) == ("Standard_B2ms", None, "0.0832")
    assert house.cloud.machine_sizes == {"s1": "Standard_B2ms"}
    assert "power" in house.cloud.resources["s1"]
    assert house.host.verified == 2
    assert (await house.stores.audit.events("s1"))[
        0
    ].detail == "name-1 Standard_B2s -> Standard_B2ms"


async def test_a_resized_stopped_server_stays_stopped(house):
    await stopped(house)
    await resize(house)
    await house.until_shown("s1", "stopped")
    row = await house.store.get("s1")
    assert (row.status, row.size) == (Status.STOPPED, "Standard_B2ms")
    assert row.stopped_at is not None
    assert "power" not in house.cloud.resources["s1"]
    assert house.host.verified == 1


async def test_a_size_without_capacity_is_put_back_and_the_server_runs(house):
    await ready(house)
    house.cloud.failures["start"] = [PermanentError("No place.", "AllocationFailed")]
    await resize(house)
    row = await house.until_cleaned("s1", "Its size stays Standard_B2s: No place.")
    assert (row.status, row.size, row.resize) == (Status.RUNNING, "Standard_B2s", None)
    assert row.failure.code == "AllocationFailed"
    assert house.cloud.machine_sizes == {"s1": "Standard_B2s"}
    assert "power" in house.cloud.resources["s1"]
    assert house.host.people == ["U_ANA"]


async def test_a_refused_resize_changes_nothing(house):
    await ready(house)
    house.cloud.failures["resize"] = [PermanentError("Not that one.", "NotResizable")]
    await resize(house)
    assert (await house.until_cleaned("s1", "Not that one.")).status is Status.RUNNING


async def test_a_server_that_does_not_start_with_its_former_size_is_stopped_with_a_reason(house):
    await ready(house)
    none = PermanentError("No place.", "AllocationFailed")
    house.cloud.failures["start"] = [none, none]
    await resize(house)
    row = await house.until_cleaned("s1", "could not be started again")
    assert (row.status, row.size) == (Status.STOPPED, "Standard_B2s")
    assert row.stopped_at == house.clock.now()


async def test_a_resize_that_a_crash_lost_is_begun_again(house):
    server = await ready(house)
    await house.store.update(
        "s1", server.generation, generation=server.generation + 1, status=Status.RESIZING,
        resize=ResizeRequest("Standard_B2ms", None),
    )  # fmt: skip
    await house.engine.recover()
    await house.until_shown("s1", "running")
    assert (await house.store.get("s1")).size == "Standard_B2ms"


async def test_a_rename_updates_tags_and_card_but_no_card_with_a_password(house):
    server = await ready(house)
    renamed = await house.store.update("s1", server.generation, name="other")
    await house.engine.begin(Job.RENAME, renamed, "t1")

    async def tagged():
        return house.cloud.names.get("s1") == "other"

    await house.until(tagged)
    await house.store.update("s1", server.generation, password=PasswordHidden())
    await house.engine.begin(Job.RENAME, renamed, "t2")
    await house.until_shown("s1", "running")
    assert house.cards.endings("s1") == ["ready", "running"]


async def grow(house, gb=128):
    return await change(
        house,
        Job.RESIZE,
        status=Status.RESIZING,
        resize=ResizeRequest("Standard_B2s", None, gb),
    )


async def test_a_larger_disk_is_made_while_the_machine_is_off_and_the_file_system_follows(house):
    await ready(house)
    house.host.disk_gb = 128
    await grow(house)
    await house.until_shown("s1", "running")
    row = await house.store.get("s1")
    assert (row.disk_gb, row.resize, row.disk.size) == (128, None, 128 * 1024**3)
    assert row.disk_price == Decimal("9.600")
    assert house.cloud.disk_sizes == {"s1": 128}
    assert house.host.grown == 1


async def test_the_file_system_of_a_stopped_server_follows_at_its_next_start(house):
    await stopped(house)
    await grow(house)
    await house.until_shown("s1", "stopped")
    assert house.host.grown == 0
    house.host.disk_gb = 128
    await change(house, Job.START, status=Status.STARTING)
    await house.until_shown("s1", "running")
    assert (await house.store.get("s1")).disk.size == 128 * 1024**3


async def test_a_file_system_that_does_not_follow_stops_nothing(house):
    await ready(house)
    house.host.failures["grow_disk"] = [PermanentError("growpart is missing", "SetUpFailed")]
    await grow(house)
    await house.until_shown("s1", "running")
    row = await house.store.get("s1")
    assert (row.disk_gb, row.failure) == (128, None)
    assert row.awaits_growth


async def test_a_disk_that_azure_refuses_stays_and_the_server_runs_again(house):
    await ready(house)
    house.cloud.failures["grow_disk"] = [PermanentError("No room.", "OperationNotAllowed")]
    await grow(house)
    row = await house.until_cleaned("s1", "Its disk stays as it was: No room.")
    assert (row.status, row.disk_gb, row.resize) == (Status.RUNNING, 0, None)


async def test_a_disk_that_has_grown_stays_so_if_the_server_does_not_start_at_once(house):
    await ready(house)
    house.cloud.failures["start"] = [PermanentError("No place.", "AllocationFailed")]
    await grow(house)
    row = await house.until_cleaned("s1", "Its disk has 128 GB now, but: No place.")
    assert (row.status, row.disk_gb) == (Status.RUNNING, 128)


async def test_the_platforms_own_disk_is_not_asked_to_grow(house):
    server = await ready(house)
    await house.store.update("s1", server.generation, disk_gb=32)
    await resize(house)
    await house.until_shown("s1", "running")
    assert house.host.grown == 0

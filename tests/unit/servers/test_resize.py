"""Rename and resize: the rights, and the refusals."""

from dataclasses import replace
from decimal import Decimal

import pytest

from provisioning.access.rights import ServerId
from provisioning.adapters.azure.capacity import build_of, why_not
from provisioning.core.errors import PermanentError, UserError
from provisioning.core.model.policy import LimitPolicy, Policy
from provisioning.core.model.request import CreateRequest
from provisioning.core.model.server import Status
from provisioning.servers.choices import read_disk
from provisioning.servers.resize import SizeRefusedError
from tests.unit.servers.test_servers import ANA, BOB, house
from tests.unit.servers.test_undo import ready, refused

__all__ = ["house"]


async def test_a_server_gets_another_name_while_it_runs(house):
    server = await ready(house)
    renamed = await house.renaming.rename(ANA, "sales", "Sales-2026", "t")
    assert (renamed.name, renamed.status) == ("sales-2026", Status.RUNNING)
    assert renamed.generation == server.generation, "work under way goes on"
    assert house.work.begun[-1] == ("rename", server.id)
    event = (await house.stores.audit.events(server.id))[0]
    assert (event.action, event.detail) == ("rename", "sales -> sales-2026")


async def test_a_creating_server_can_be_renamed(house):
    await house.create(name="sales")
    renamed = await house.renaming.rename(ANA, "sales", "other", "t")
    assert renamed.status is Status.CREATING


@pytest.mark.parametrize(
    ("wanted", "words"),
    [("theirs", "already"), ("sales", "name already is"), ("x", "3"), ("all", "all")],
)
async def test_an_invalid_or_taken_name_changes_nothing(house, wanted, words):
    await ready(house)
    await ready(house, "theirs", BOB)
    asked = len(house.work.begun)
    message = await refused(house.renaming.rename(ANA, "sales", wanted, "t"))
    assert words in message
    assert (await house.store.find("sales")).owner == "U_ANA"
    assert len(house.work.begun) == asked


async def test_only_the_owner_can_rename_or_resize(house):
    server = await ready(house)
    resizing = house.resizing
    assert "no server named" in await refused(house.renaming.rename(BOB, "sales", "mine-now", "t"))
    assert "does not exist" in await refused(
        resizing.resize(BOB, ServerId(server.id), "Standard_B2ms")
    )


async def test_a_resize_keeps_the_present_size_until_the_new_one_works(house):
    server = await ready(house)
    changed = await house.resizing.resize(ANA, ServerId(server.id), "standard_b2MS")
    assert (changed.size, changed.resize.size) == ("Standard_B2s", "Standard_B2ms")
    assert (changed.status, changed.generation) == (Status.RESIZING, server.generation + 1)
    assert house.work.begun[-1] == ("resize", server.id)


async def test_the_present_size_and_an_unknown_one_are_refused(house):
    server = await ready(house)
    resizing = house.resizing
    assert "already" in await refused(resizing.resize(ANA, ServerId(server.id), server.size))
    assert "Did you mean" in await refused(
        resizing.resize(ANA, ServerId(server.id), "Standard_B2mss")
    )


async def test_an_unavailable_size_is_refused_with_the_available_ones(house):
    server = await ready(house)
    house.cloud.failures["check_resize"] = [PermanentError("It is full.", "QuotaExceeded")]
    with pytest.raises(SizeRefusedError) as refusal:
        await house.resizing.resize(ANA, ServerId(server.id), "Standard_B2ms")
    assert refusal.value.message == "It is full."
    assert [offer.size.name for offer in refusal.value.offers] == [
        "Standard_B2ms",
        "Standard_D2s_v5",
    ]
    assert (await house.store.get(server.id)).status is Status.RUNNING


async def test_a_creating_server_can_not_be_resized(house):
    server = (await house.create(name="sales")).server
    message = await refused(house.resizing.resize(ANA, ServerId(server.id), "Standard_B2ms"))
    assert "still being created" in message


async def test_a_second_resize_is_refused_while_the_first_runs(house):
    server = await ready(house)
    await house.resizing.resize(ANA, ServerId(server.id), "Standard_B2ms")
    with pytest.raises(UserError, match="already"):
        await house.resizing.resize(ANA, ServerId(server.id), "Standard_B2ms")


PLAIN = build_of({})


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (PLAIN, ""),
        (replace(PLAIN, temporary_disk=True), "the new size has a local temporary disk"),
        (replace(PLAIN, trusted_launch=False), "Trusted Launch"),
        (build_of({"DiskControllerTypes": "NVMe"}), "SCSI"),
        (build_of({"DiskControllerTypes": "SCSI, NVMe"}), ""),
    ],
)
def test_a_machine_moves_only_to_a_size_of_its_build(wanted, words):
    assert words in why_not(PLAIN, wanted)
    assert bool(words) == bool(why_not(PLAIN, wanted))


def test_a_machine_without_a_local_disk_gets_none():
    assert "the present size has" in why_not(replace(PLAIN, temporary_disk=True), PLAIN)


@pytest.mark.parametrize(
    ("wanted", "gb"), [(33, 64), (64, 64), (100, 128), (256, 256), (2048, 2048), (None, 64)]
)
async def test_a_disk_gets_the_next_size_that_azure_bills(house, wanted, gb):
    await ready(house)
    found = await house.resizing.find_disk(ANA, "sales", wanted)
    assert (found.disk.gb, found.disk.price_per_month) == (gb, Decimal("0.075") * gb)


async def test_a_larger_disk_keeps_size_and_price_and_is_written_down(house):
    server = await ready(house)
    changed = await house.resizing.grow_disk(ANA, ServerId(server.id), 128)
    assert (changed.status, changed.resize.size) == (Status.RESIZING, "Standard_B2s")
    assert changed.resize.disk_gb == 128
    detail = (await house.stores.audit.events(server.id))[0].detail
    assert detail == "sales Standard_B2s -> Standard_B2s, disk 32 -> 128 GB"


@pytest.mark.parametrize(
    ("wanted", "words"), [(16, "can only grow"), (32, "can only grow"), (4000, "can only grow")]
)
async def test_a_disk_only_grows_and_not_beyond_the_offers(house, wanted, words):
    await ready(house)
    assert words in await refused(house.resizing.grow_disk(ANA, "sales", wanted))


async def test_the_admins_largest_disk_holds_for_creating_and_growing(house):
    await ready(house)
    small = house.by(Policy(limits=LimitPolicy(disk=64)))
    assert "`64`" in await refused(small.resizing.grow_disk(ANA, "sales", 128))
    request = CreateRequest(ANA, "ubuntu", "other", None, "t-9", disk_gb=128)
    message = await refused(small.creations.create(request))
    assert "not offered" in message
    assert "`32`, `64`" in message


@pytest.mark.parametrize(
    ("platform", "wanted", "gb"),
    [("ubuntu", None, 32), ("windows", None, 128), ("windows", 64, 128), ("opensuse", 200, 256)],
)
async def test_a_new_server_has_the_requested_disk_or_the_platforms(house, platform, wanted, gb):
    request = CreateRequest(ANA, platform, "sales", None, "t-8", disk_gb=wanted)
    assert (await house.creations.create(request)).server.disk_gb == gb


@pytest.mark.parametrize(
    ("word", "gb"), [("128", 128), ("128GB", 128), ("256 gib", 256), ("1TB", 1024)]
)
def test_a_typed_disk_may_have_its_unit(word, gb):
    assert read_disk(word) == gb


@pytest.mark.parametrize("word", ["", "big", "-5", "12.5", "99999999", "128MB"])
def test_another_word_is_no_disk(word):
    with pytest.raises(UserError, match="not a disk size"):
        read_disk(word)

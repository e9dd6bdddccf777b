"""Copies of process machines' disks: complete, independent of their source, and used once."""

import os
from dataclasses import replace

import pytest

from bot.sandbox.machines.errors import MachinesError

from .small_machines import Machine, Place


async def said(machine: Machine, command: str) -> str:
    return str((await machine.run(command)).stdout)


async def test_a_machine_comes_back_on_a_copy_of_its_disk_at_another_address(place: Place):
    machine = await place.create()
    await machine.run("echo precious > notes; ln -s notes link; mkfifo pipe")
    spec = machine.spec
    await place.machines.stop("one")
    await place.machines.copy_disk("one", "snapshot")
    await place.machines.delete("one")
    await place.machines.copy_disk("snapshot", "disk")
    again = replace(
        spec,
        hostname="",
        admin_user="",
        authorized_keys=(),
        custom_data=b"",
        disk="disk",
        address=place.machines.allocate_address(frozenset({spec.address})),
    )
    await place.machines.create(again)
    back = replace(machine, spec=again)
    assert await said(back, "cat notes link") == "precious\nprecious\n"
    assert await said(back, "test -e pipe || echo none") == "none\n"
    await place.machines.create(again)  # as after a crash
    assert await said(back, "cat notes") == "precious\n"
    assert (back.root / "etc/hostname").read_text() == f"{spec.hostname}\n"


async def test_a_copy_is_apart_from_its_machine(place: Place):
    machine = await place.create()
    await machine.run("echo before > notes")
    await place.machines.stop("one")
    await place.machines.copy_disk("one", "snapshot")
    await place.machines.start("one")
    await machine.run("echo after > notes")
    copy = place.folder / ".disks/snapshot/root/home"
    (notes,) = copy.rglob("notes")
    assert notes.read_text() == "before\n"
    await place.machines.delete_disk("snapshot")
    await place.machines.delete_disk("snapshot")
    assert not (place.folder / ".disks/snapshot").exists()


async def test_files_that_are_shared_with_a_cache_are_not_copied(place: Place):
    machine = await place.create()
    home = place.folder / "one/root/home"
    (home / "first").write_text("x")
    os.link(home / "first", home / "second")
    await machine.run("true")
    await place.machines.stop("one")
    await place.machines.copy_disk("one", "snapshot")
    assert (home / "first").stat().st_nlink == 4


async def test_a_disk_becomes_no_machine_of_another_name(place: Place):
    machine = await place.create()
    await place.machines.stop("one")
    await place.machines.copy_disk("one", "snapshot")
    with pytest.raises(MachinesError, match="absolute paths"):
        await place.machines.create(replace(machine.spec, machine_id="two", disk="snapshot"))

"""The set-up program on a full disk: what the bot asks for is done, or refused in words."""

import json

import pytest

from provisioning.machine.notebook_identity.access_list import OneTime
from provisioning.machine.notebook_identity.one_time import choice_key, digest_of
from provisioning.machine.notebook_identity.register import Register
from provisioning.machine.notebook_setup.layout import Layout
from tests.small_disks import MIB, fill, small_disk

from .small_machine import SmallMachine
from .test_set_up import planted

ROOM = {"event": "password", "ok": True}


@pytest.fixture
def machine(tmp_path):
    """A machine on a small disk, with the files of a set-up that these subcommands need."""
    with small_disk(tmp_path / "machine/root", 64 * MIB):
        made = SmallMachine(tmp_path / "machine", "127.77.0.9", 1)
        layout = Layout(made.root)
        for folder in (layout.access, layout.state, layout.library, layout.home):
            folder.mkdir(parents=True)
        facts = {"user": "notebook", "bind_address": "127.0.0.1", "notebook_port": 1}
        layout.machine_file.write_text(json.dumps(facts))
        register = Register(layout.access_list, layout.choice_keys, layout.deeds)
        one_time = OneTime(9e9, digest_of("first"))
        register.plant("U_ANA", "Ana", one_time, choice_key("first"))
        made.layout = layout
        yield made
        made.shut_down()


def ask(machine: SmallMachine, secret: str) -> dict[str, object]:
    request = {
        "root": "../..",
        "os": "linux",
        **planted(secret, "U_ANA", 0),
        "expires_at": "2999-01-01T00:00:00Z",
    }
    return machine.run("password", request)[-1]


def test_a_probe_lays_the_reserve_down(machine):
    probed = machine.run("activity", {"root": "../..", "os": "linux"})[-1]
    assert probed["event"] == "activity", probed
    assert (machine.program.parent.parent / "reserve").stat().st_size == 4 * MIB


def test_a_password_is_planted_on_a_full_disk_once_and_again(machine):
    machine.run("activity", {"root": "../..", "os": "linux"})
    fill(machine.layout.home)
    assert ask(machine, "second") == ROOM
    assert ask(machine, "third") == ROOM
    assert digest_of("third") in machine.layout.access_list.read_text()


def test_without_a_reserve_the_refusal_names_the_disk(machine):
    before = machine.layout.access_list.read_text()
    fill(machine.layout.home)
    refused = ask(machine, "second")
    assert (refused["event"], refused["code"]) == ("failed", "DiskFull")
    assert machine.layout.access_list.read_text() == before


def test_no_reserve_is_laid_on_a_disk_that_is_nearly_full(machine):
    full = fill(machine.layout.home)
    with full.open("r+b") as file:
        file.truncate(full.stat().st_size - 8 * MIB)
    machine.run("activity", {"root": "../..", "os": "linux"})
    assert not (machine.program.parent.parent / "reserve").exists()


def test_the_logs_can_be_read_on_a_full_disk(machine):
    fill(machine.layout.home)
    request = {
        "root": "../..",
        "os": "linux",
        "platform": machine.specification["platform"],
        "lines": 5,
    }
    assert machine.run("logs", request)[-1]["event"] == "logs"

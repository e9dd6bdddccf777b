"""zypper, rpm and firewalld of a machine whose image is openSUSE's."""

import asyncio
import fcntl
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.sandbox.machines.process.machines import ProcessMachines

from .small_machines import Machine, Place

pytestmark = pytest.mark.asyncio(loop_scope="module")
PUBLIC, INNER = 8775, 9886
ZONE = f"""<?xml version="1.0" encoding="utf-8"?>
<zone target="DROP">
  <port port="22" protocol="tcp"/>
  <forward-port port="{PUBLIC}" protocol="tcp" to-port="{INNER}"/>
</zone>
"""
INSTALL = "zypper --non-interactive --quiet install --no-recommends"
FORWARD = f"firewall-cmd --zone=own --query-forward-port=port={PUBLIC}:proto=tcp:toport={INNER}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machine(tmp_path_factory) -> AsyncIterator[Machine]:
    """A running openSUSE machine, for the tests of this module."""
    folder = tmp_path_factory.mktemp("m") / "machines"
    machines = ProcessMachines(folder)
    try:
        yield await Place(folder, machines).create(image="SUSE:opensuse-leap-15-6:gen2")
    finally:
        await machines.close()


@pytest_asyncio.fixture(loop_scope="module")
async def walled(machine: Machine) -> Machine:
    """The machine with firewalld running, and with a zone on its disk that is not loaded."""
    assert (await machine.root_run(f"{INSTALL} firewalld")).exit_status == 0
    await machine.root_run("systemctl stop firewalld")
    shutil.rmtree(machine.root / "etc/firewalld", ignore_errors=True)
    # Without the count of starts, which the tests of this module would use up.
    await machine.root_run("systemctl reset-failed firewalld")
    assert (await machine.root_run("systemctl start firewalld")).exit_status == 0
    machine.write("/etc/firewalld/zones/own.xml", ZONE)
    return machine


async def status(machine: Machine, command: str) -> int:
    return (await machine.root_run(command)).exit_status


async def forwards(machine: Machine) -> bool:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"inner")
        writer.close()

    async with await asyncio.start_server(greet, machine.spec.address, INNER):
        try:
            reader, writer = await asyncio.open_connection(machine.spec.address, PUBLIC)
        except ConnectionRefusedError:
            return False
        told = await reader.read()
        writer.close()
        return told == b"inner"


async def test_an_installed_package_is_known_to_rpm_and_brings_its_programs(machine: Machine):
    assert await status(machine, "rpm --query --quiet firewalld") == 1
    assert await status(machine, "python3.11 --version") == 127
    assert await status(machine, f"{INSTALL} firewalld python311") == 0
    assert await status(machine, "rpm --query --quiet python3-firewall python311") == 0
    assert "Python 3." in (await machine.run("python3.11 --version")).stdout


async def test_the_systems_own_python_is_old(machine: Machine):
    assert (await machine.run("python3 --version")).stdout == "Python 3.6.15\n"
    assert await status(machine, "python3 -I -c 'import sys'") == 1


@pytest.mark.parametrize("program", ["apt-get", "dpkg-query", "nft", "python3.12", "python3.13"])
async def test_programs_of_other_systems_are_not_there(machine: Machine, program):
    done = await machine.run(program)
    assert (done.exit_status, done.stderr) == (127, f"{program}: command not found\n")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("zypper --non-interactive install no-such-package git", 104),
        ("zypper --non-interactive install --frobnicate acl", 2),
        ("zypper --non-interactive frobnicate", 2),
        ("zypper install acl", 2),
        ("rpm --install acl", 2),
    ],
)
async def test_what_zypper_and_rpm_refuse_changes_nothing(machine: Machine, words, code):
    done = await machine.root_run(words)
    assert done.exit_status == code
    assert done.stderr
    assert await status(machine, "rpm --query --quiet git acl") == 2


async def test_zypper_is_for_root_alone(machine: Machine):
    assert (await machine.run(f"{INSTALL} acl")).exit_status == 5


async def test_zypper_waits_for_the_lock_only_as_long_as_it_may(machine: Machine):
    with (machine.root / "run/zypp.pid").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert await status(machine, f"ZYPP_LOCK_TIMEOUT=0.3 {INSTALL} acl") == 7
    assert await status(machine, "rpm --query --quiet acl") == 1


async def test_a_zone_is_unknown_until_a_reload_and_then_forwards_as_the_default(walled: Machine):
    assert await status(walled, FORWARD) == 112
    assert await status(walled, "firewall-cmd --set-default-zone=own") == 112
    assert await status(walled, "firewall-cmd --reload") == 0
    assert await status(walled, FORWARD) == 0
    assert not await forwards(walled)
    assert await status(walled, "firewall-cmd --set-default-zone=own") == 0
    assert (await walled.root_run("firewall-cmd --get-default-zone")).stdout == "own\n"
    assert await forwards(walled)


async def test_the_daemon_enforces_and_forgets_and_finds_its_files_again(walled: Machine):
    assert await status(walled, "firewall-cmd --state") == 0
    assert await status(walled, "systemctl stop firewalld") == 0
    assert await status(walled, "firewall-cmd --state") == 252
    assert await status(walled, FORWARD) == 252
    assert await status(walled, "firewall-offline-cmd --set-default-zone=own") == 0
    assert not await forwards(walled)
    assert await status(walled, "systemctl start firewalld") == 0
    assert await forwards(walled)


@pytest.mark.parametrize(
    "words",
    ["--frobnicate", "--zone=own --add-port=80/tcp", "--reload --state", "--query-port=http", ""],
)
async def test_words_that_firewalld_does_not_know_fail(walled: Machine, words):
    done = await walled.root_run(f"firewall-cmd {words}")
    assert done.exit_status == 2
    assert done.stderr


async def test_a_zone_file_with_a_mistake_is_not_loaded(walled: Machine):
    walled.write("/etc/firewalld/zones/own.xml", ZONE.replace("<port ", "<prot "))
    done = await walled.root_run("firewall-cmd --reload")
    assert done.exit_status == 112
    assert "prot" in done.stderr

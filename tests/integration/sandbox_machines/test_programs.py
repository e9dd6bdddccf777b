"""The other programs of a machine: packages, accounts, rights."""

import fcntl

import pytest

from .small_machines import ADMIN, Machine

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_installed_package_is_known_to_dpkg(machine: Machine):
    query = "dpkg-query --show --showformat='${db:Status-Status}' acl"
    assert (await machine.run(query)).exit_status == 1
    done = await machine.root_run(
        "apt-get update -q && DEBIAN_FRONTEND=noninteractive "
        "apt-get install -y -q --no-install-recommends acl"
    )
    assert done.exit_status == 0
    assert (await machine.run(query)).stdout == "installed"


async def test_a_package_that_there_is_not_is_refused_as_by_apt(machine: Machine):
    done = await machine.root_run("apt-get install -y git no-such-package")
    assert done.exit_status == 100
    assert "E: Unable to locate package no-such-package" in done.stderr
    assert (await machine.run("dpkg-query --show git")).exit_status == 1


@pytest.mark.parametrize("words", ["install --frobnicate acl", "frobnicate", "-y"])
async def test_words_that_apt_does_not_know_fail(machine: Machine, words):
    done = await machine.root_run(f"apt-get {words}")
    assert done.exit_status != 0
    assert done.stderr


async def test_apt_waits_for_the_lock_only_as_long_as_it_may(machine: Machine):
    with (machine.root / "var/lib/dpkg/lock-frontend").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = await machine.root_run("apt-get -o DPkg::Lock::Timeout=0.3 install -y acl")
    assert done.exit_status == 100
    assert "Could not get lock" in done.stderr
    assert (await machine.root_run("apt-get install -y acl")).exit_status == 0


async def test_a_new_user_has_a_home_and_a_number_of_a_system_user(machine: Machine):
    await machine.root_run("useradd --system --create-home --home-dir /var/lib/nb nb")
    name, _, uid, _, _, home, _ = (await machine.run("getent passwd nb")).stdout.strip().split(":")
    assert (name, home) == ("nb", str(machine.root / "var/lib/nb"))
    assert 100 <= int(uid) < 1000
    assert (machine.root / "var/lib/nb").is_dir()
    assert (await machine.run("id -u nb")).stdout.strip() == uid
    assert (await machine.root_run("useradd nb")).exit_status == 9


async def test_a_user_that_there_is_not_is_told(machine: Machine):
    assert (await machine.run("getent passwd stranger")).exit_status == 2
    assert (await machine.run("id stranger")).exit_status != 0
    assert (await machine.root_run("chown stranger /tmp")).exit_status != 0


async def test_the_admin_may_become_root_and_an_ordinary_user_may_not(machine: Machine):
    assert (await machine.run("sudo -n id -un")).stdout == "root\n"
    await machine.root_run("useradd --create-home plain")
    done = await machine.root_run("runuser -u plain -- sudo -n id -un")
    assert done.exit_status == 1
    assert "plain is not in the sudoers file" in done.stderr
    assert (await machine.run("runuser -u plain -- id")).exit_status == 1


async def test_a_change_of_user_takes_its_home_and_name_along(machine: Machine):
    await machine.root_run("useradd --create-home someone")
    done = await machine.run("sudo -n -u someone sh -c 'id -un; echo $HOME $USER'")
    assert done.stdout == f"someone\n{machine.root}/home/someone someone\n"
    done = await machine.root_run(f"runuser -u {ADMIN} -- sh -c 'id -un; echo $HOME $USER'")
    assert done.stdout == f"{ADMIN}\n{machine.home} {ADMIN}\n"

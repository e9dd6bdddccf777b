"""The package step of openSUSE on the real zypper and rpm, with a repository of its own."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from provisioning.machine.notebook_setup.errors import CommandError, SetUpError
from provisioning.machine.notebook_setup.packages import Zypper
from provisioning.platforms.catalogue import get_platform

from .local_repositories import Suse, old_python, wrapper

OPENSUSE = get_platform("opensuse")


@pytest.fixture
def suse(tmp_path, monkeypatch) -> Suse:
    suse = Suse(tmp_path)
    monkeypatch.setenv("PATH", f"{suse.bin}:/usr/sbin:/usr/bin:/sbin:/bin")
    return suse


def test_the_platforms_packages_are_installed_once_with_what_they_need(suse):
    suse.publish("python3-firewall")
    suse.publish("firewalld", needs="Requires: python3-firewall")
    suse.publish("nftables")

    assert Zypper().ensure(OPENSUSE.machine.packages)
    asked = suse.calls
    assert not Zypper().ensure(OPENSUSE.machine.packages)

    assert (suse.root / "usr/bin/python3-firewall").is_file()
    assert (suse.root / "usr/bin/firewalld").is_file()
    assert (suse.root / "usr/bin/nftables").is_file()
    assert suse.calls == asked


def test_what_is_only_recommended_stays_out(suse):
    suse.publish("fonts")
    suse.publish("firewalld", needs="Recommends: fonts")

    assert Zypper().ensure(["firewalld"])

    assert not (suse.root / "usr/bin/fonts").exists()


def test_an_unknown_package_is_refused_with_its_name(suse):
    with pytest.raises(CommandError, match="No provider of 'no-such-package' found") as refused:
        Zypper().ensure(["no-such-package"])
    assert refused.value.status == 104


def test_a_package_whose_own_script_fails_is_installed_all_the_same(suse):
    suse.publish("firewalld", script="%post\nexit 1")
    assert Zypper().ensure(["firewalld"])
    assert not Zypper().ensure(["firewalld"])


def test_a_repository_that_is_away_does_no_harm_to_what_is_elsewhere(suse, tmp_path):
    suse.publish("firewalld")
    suse.add_repository("away", tmp_path / "nowhere")
    assert Zypper().ensure(["firewalld"])


def test_without_any_repository_the_reason_is_told(suse, tmp_path):
    with pytest.raises(SetUpError, match="zypper failed on the machine"):
        Zypper().ensure(["firewalld"])


def test_another_package_run_is_waited_for(suse):
    suse.publish("firewalld")
    with subprocess.Popen(["sleep", "60"]) as other:
        (suse.root / "run/zypp.pid").write_text(str(other.pid))
        done = threading.Event()
        working = threading.Thread(target=lambda: Zypper().ensure(["firewalld"]) and done.set())
        working.start()
        assert not done.wait(1.5)
        other.kill()
        other.wait()  # until then its number is still taken
        assert done.wait(30)
        working.join()


def test_without_the_wait_the_lock_is_an_error_of_its_own(suse):
    suse.publish("firewalld")
    with subprocess.Popen(["sleep", "60"]) as other:
        (suse.root / "run/zypp.pid").write_text(str(other.pid))
        call = ["zypper", "--non-interactive", "install", "firewalld"]
        locked = subprocess.run(call, check=False, capture_output=True)
        other.kill()
    assert locked.returncode == 7


def bootstrap(suse: Suse) -> subprocess.CompletedProcess[str]:
    wrapper(suse.bin, "sudo", 'shift; exec env "$@"')
    path = f"{suse.root / 'usr/bin'}:{suse.bin}:/usr/bin:/bin"
    return subprocess.run(
        ["/bin/sh", "-s", "--", *OPENSUSE.bootstrap_arguments],
        input=OPENSUSE.bootstrap_path.read_text(), check=False, capture_output=True, text=True,
        env={"PATH": path},
    )  # fmt: skip


def test_the_bootstrap_puts_a_newer_python_beside_the_systems_own(suse):
    old_python(suse.bin)
    suse.publish(
        "python311", command="python3.11",
        program=f'#!/bin/sh\nexec {sys.executable} "$@"',
    )  # fmt: skip

    done = bootstrap(suse)
    again = bootstrap(suse)

    assert done.stdout == f"{suse.root}/usr/bin/python3.11\n", done.stderr
    assert again.stdout == done.stdout
    assert [call.split()[2] for call in suse.calls] == ["refresh", "install"]
    assert not (suse.root / "usr/bin/python3").exists()


def test_a_bootstrap_that_finds_no_package_says_so(suse):
    old_python(suse.bin)
    done = bootstrap(suse)
    assert done.returncode == 1
    assert "zypper ended with status 104" in done.stderr
    assert "none could be installed" in done.stderr


def test_the_computer_itself_is_left_alone(suse, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in Path("/var/lib/rpm").rglob("*")}
    suse.publish("firewalld")
    Zypper().ensure(["firewalld"])
    after = {path: path.stat().st_mtime_ns for path in Path("/var/lib/rpm").rglob("*")}
    assert after == before
    assert not Path("/usr/bin/firewalld").exists()

"""The package step of Ubuntu on the real apt-get and dpkg, with a repository of its own."""

import fcntl
import subprocess
import threading

import pytest

from provisioning.machine.notebook_setup.errors import CommandError
from provisioning.machine.notebook_setup.packages import Apt
from provisioning.platforms.catalogue import get_platform

from .local_repositories import Debian

PACKAGES = get_platform("ubuntu").machine.packages


@pytest.fixture
def debian(tmp_path, monkeypatch) -> Debian:
    debian = Debian(tmp_path)
    monkeypatch.setenv("PATH", f"{debian.bin}:/usr/sbin:/usr/bin:/sbin:/bin")
    return debian


def test_the_platforms_packages_are_installed_once_with_what_they_need(debian):
    debian.publish("nftables", needs="libnftables1")
    debian.publish("libnftables1")

    assert Apt().ensure(PACKAGES)
    asked = debian.calls
    assert not Apt().ensure(PACKAGES)

    for name in ("nftables", "libnftables1"):
        assert (debian.root / "usr/share" / name / "it").is_file()
    assert debian.calls == asked


def test_only_what_is_missing_is_asked_for(debian):
    debian.publish("nftables")
    Apt().ensure(["nftables"])
    debian.publish("acl")
    assert Apt().ensure(["nftables", "acl"])
    assert debian.calls[-1].endswith("--no-install-recommends acl")


def test_an_unknown_package_is_refused_with_its_name(debian):
    debian.publish("nftables")
    with pytest.raises(CommandError, match="Unable to locate package no-such") as refused:
        Apt().ensure(["no-such"])
    assert refused.value.status == 100


@pytest.mark.parametrize(
    "name", ["dpkg/lock-frontend", "apt/lists/lock", "cache/apt/archives/lock"]
)
def test_another_package_run_is_waited_for(debian, name):
    debian.publish("nftables")
    file = debian.root / ("var" if name.startswith("cache") else "var/lib") / name
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        done = threading.Event()
        working = threading.Thread(target=lambda: Apt().ensure(["nftables"]) and done.set())
        working.start()
        assert not done.wait(1.5)
        fcntl.lockf(lock, fcntl.LOCK_UN)
        assert done.wait(30)
        working.join()


def test_updates_of_the_system_leave_the_notebook_services_alone(tmp_path):
    assert Apt().spare_services(tmp_path)
    assert not Apt().spare_services(tmp_path)
    settings = (tmp_path / "etc/needrestart/conf.d/notebook.conf").read_text()
    program = f"my %nrconf; {settings}; print for keys %{{$nrconf{{override_rc}}}}"
    patterns = subprocess.run(["perl", "-we", program], check=True, capture_output=True, text=True)
    assert "notebook" in patterns.stdout
    assert patterns.stderr == ""

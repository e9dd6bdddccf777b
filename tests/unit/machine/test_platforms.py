"""The platforms' files: their content, and the errors for wrong files."""

import subprocess
from datetime import date
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
import yaml

from provisioning.machine.notebook_setup import adapters
from provisioning.platforms.catalogue import (
    PLATFORMS,
    Machine,
    PlatformFileError,
    UnknownPlatformError,
    get_platform,
    load_platform,
)
from provisioning.workflows.first_boot import cloud_config

UBUNTU = Path(load_platform.__code__.co_filename).with_name("ubuntu.toml")


def a_file(folder: Path, old: str = "", new: str = "") -> Path:
    text = UBUNTU.read_text()
    assert old in text
    path = folder / "other.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_ubuntu_is_an_lts_image_with_trusted_launch():
    ubuntu = get_platform("ubuntu")
    assert ubuntu.release().image == "Canonical:ubuntu-24_04-lts:server"
    assert ubuntu.release("26.04").image == "Canonical:ubuntu-26_04-lts:server"
    assert ubuntu.release().trusted_launch
    assert ubuntu.release().generation == 2


def test_opensuse_is_leap_with_a_python_beside_the_systems_own():
    opensuse = get_platform("opensuse")
    assert opensuse.release("15.6").image == "SUSE:opensuse-leap-15-6:gen2"
    assert opensuse.bootstrap_arguments == ("zypper", "python311")
    assert "python3" not in opensuse.machine.packages


def test_platforms_may_name_exactly_the_existing_adapters():
    hints = get_type_hints(Machine)
    assert set(get_args(hints["package_manager"])) == set(adapters.PACKAGE_MANAGERS)
    assert set(get_args(hints["service_manager"])) == set(adapters.SERVICE_MANAGERS)
    assert set(get_args(hints["firewall"])) == set(adapters.FIREWALLS)


def test_a_creation_is_expected_to_take_the_sum_of_its_stages():
    ubuntu = get_platform("ubuntu")
    p50, p90 = ubuntu.expected_seconds
    assert p50 == sum(seconds[0] for seconds in ubuntu.stage_seconds.values())
    assert p50 < p90


def test_an_unknown_platform_lists_the_known_ones():
    with pytest.raises(UnknownPlatformError, match=r"'ubunto'; known are: .*ubuntu") as caught:
        get_platform("ubunto")
    assert isinstance(caught.value, KeyError)


def test_the_catalogue_cannot_be_changed():
    with pytest.raises(TypeError):
        PLATFORMS["other"] = get_platform("ubuntu")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('default_size = "Standard_B2s"', 'default_size = "Standard_M416"', "is not in sizes"),
        ('default_release = "24.04"', 'default_release = "4.10"', "is not in releases"),
        ('notebook_user = "notebook"', 'notebook_user = "notebook-admin"', "run as the admin"),
        ("linux/bootstrap.sh", "linux/nothing.sh", "is not a file"),
        ("verify = [6, 15]", "verify = [16, 15]", "p90 is below p50"),
        ('title = "Ubuntu"', 'titel = "Ubuntu"', "titel"),
        ('"apt"', '"brew"', "package_manager"),
        ("Canonical:ubuntu-24_04-lts:server", "Canonical:ubuntu", "image"),
        ('title = "Ubuntu"', "title = ", "Invalid value"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(tmp_path, old, new, complaint):
    with pytest.raises(PlatformFileError, match=complaint):
        load_platform(a_file(tmp_path, old, new))


def test_the_first_boot_plants_the_host_key_and_creates_one_user():
    private = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\ndef\n-----END OPENSSH PRIVATE KEY-----\n"
    text = cloud_config("notebook-admin", "ssh-ed25519 AAA bot", private, "ssh-ed25519 BBB", "cat")
    assert text.startswith("#cloud-config\n")
    config = yaml.safe_load(text)
    assert config["ssh_keys"]["ed25519_private"] == private
    assert config["ssh_keys"]["ed25519_public"] == "ssh-ed25519 BBB"
    assert config["hostname"] == "cat"
    assert config["ssh_pwauth"] is False
    assert config["disable_root"] is True
    (user,) = config["users"]
    assert user["name"] == "notebook-admin"
    assert user["ssh_authorized_keys"] == ["ssh-ed25519 AAA bot"]
    assert user["sudo"] == "ALL=(ALL) NOPASSWD:ALL"
    assert "packages" not in config


def test_the_bootstrap_prints_a_python_that_can_run_the_set_up():
    script = get_platform("ubuntu").bootstrap_path
    found = subprocess.run(
        ["sh", script, "apt", "python3"], check=True, capture_output=True, text=True
    )
    code = "import sys; assert sys.version_info >= (3, 9)"
    subprocess.run([found.stdout.strip(), "-I", "-c", code], check=True)


@pytest.mark.parametrize("arguments", [("apt", "python3"), ("zypper", "python311"), ("brew", "x")])
def test_without_any_python_the_bootstrap_fails_with_the_reason(tmp_path, arguments):
    script = get_platform("ubuntu").bootstrap_path
    found = subprocess.run(
        ["/bin/sh", script, *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": str(tmp_path)},
    )
    assert found.returncode == 1
    assert "This machine has no Python 3.9 or newer" in found.stderr


def test_releases_are_tried_in_their_order_and_one_that_is_supported_comes_first():
    opensuse = get_platform("opensuse")
    assert opensuse.release_order == ("16.0", "sles-16.0", "15.6")
    for platform in PLATFORMS.values():
        assert not platform.release().has_ended(date(2027, 10, 31)), platform.name


def test_a_release_ends_after_its_last_day():
    old = get_platform("opensuse").release("15.6")
    assert not old.has_ended(date(2026, 4, 30))
    assert old.has_ended(date(2026, 5, 1))

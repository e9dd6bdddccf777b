"""The set-up program on a machine that has not been set up: packages, and refused requests."""

import re

import pytest


@pytest.mark.long
def test_the_package_manager_is_not_run_for_installed_packages(bare_machine):
    (bare_machine.state / "packages").write_text("nftables\n")
    bare_machine.apply()
    assert not [call for call in bare_machine.calls if call.startswith("apt-get")]


@pytest.mark.long
def test_a_failed_package_manager_is_reported_in_one_sentence(bare_machine):
    (bare_machine.state / "no-network").touch()
    failed = bare_machine.apply()[-1]
    assert failed["event"] == "failed"
    assert failed["step"] == "packages"
    assert failed["reason"] == "apt-get failed on the machine: E: Unable to fetch"
    (bare_machine.state / "no-network").unlink()
    assert bare_machine.apply()[-1]["event"] == "done"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"bind_address": "localhost"}, "bind_address must be an IP address"),
        ({"public_port": 9_999_999}, "public_port must be a port"),
        ({"public_port": 22}, "must differ"),
        ({"notebook_user": "root; reboot"}, "notebook_user is not usable"),
        ({"url": "http://plain"}, "url is not usable"),
        ({"hostnames": []}, "hostnames must be a list of 1 or more"),
        ({"platform": {"os": "linux", "package_manager": "brew"}}, "'service_manager'|not known"),
        ({"owner": "Ana"}, "must be JSON objects"),
        ({"owner": {"id": "U", "name": "Ana", "zone": "UTC\nUser=root"}}, "time zone"),
        ({"owner": {"id": "U", "name": "Ana", "zone": 3}}, "time zone"),
    ],
)
def test_a_wrong_specification_is_refused_before_anything_is_changed(
    bare_machine, change, complaint
):
    failed = bare_machine.apply(**change)[-1]
    assert failed["event"] == "failed"
    assert re.search(complaint, failed["reason"]), failed
    assert bare_machine.calls == []


def test_subcommands_before_the_set_up_are_refused(bare_machine):
    for subcommand in (
        "verify",
        "activity",
        "password",
        "link",
        "revoke",
        "admit",
        "hold",
        "logs",
        "python-packages",
    ):
        failed = bare_machine.run(subcommand, {"user": {"id": "U_ANA"}})[-1]
        assert failed["reason"] == "This machine has not been set up yet: run apply first."

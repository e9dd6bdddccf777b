"""The activity of a machine, read by SshHost from a real SSH server."""

import pytest

from tests.integration.adapters.ssh.test_host import set_up


async def test_activity_is_what_the_machine_reports(host, machine):
    await machine.boot()
    await set_up(host, machine)

    seen = await host.activity(machine.access)

    (work,) = seen.work
    assert (work.kind, work.what, work.seconds) == ("cell", "train.ipynb", 75.0)
    assert (seen.busy, seen.last_used, seen.people, seen.unknown) == (True, 9.0, 2, "")


@pytest.mark.parametrize(
    ("mode", "timeout", "reason"),
    [("hang", 1, "did not answer within 1 s"), ("fail", 30, "There is no notebook here.")],
)
async def test_a_failed_probe_is_unknown_with_the_reason(host, machine, mode, timeout, reason):
    await machine.boot()
    await set_up(host, machine)
    (machine.home / "activity").write_text(mode)

    seen = await host.activity(machine.access, timeout)

    assert seen.busy is None
    assert reason in seen.unknown


async def test_the_activity_of_an_unreachable_machine_is_unknown(host, machine):
    seen = await host.activity(machine.access, timeout=1)

    assert seen.busy is None
    assert "SSH does not answer" in seen.unknown

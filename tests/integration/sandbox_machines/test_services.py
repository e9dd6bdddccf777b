"""systemctl and journalctl of a machine: services that really run."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from .small_machines import Machine, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
UNITS = "/etc/systemd/system"


def unit(machine: Machine, name: str, service: str, more: str = "") -> Path:
    text = f"[Unit]\nDescription=A test\n{more}\n[Service]\n{service}\n"
    text += "[Install]\nWantedBy=multi-user.target\n"
    return machine.write(f"{UNITS}/{name}.service", text)


async def show(machine: Machine, name: str, key: str) -> str:
    return (await machine.run(f"systemctl show -p {key} --value {name}")).stdout.strip()


async def main_pid(machine: Machine, name: str) -> int:
    return int(await show(machine, name, "MainPID"))


async def test_a_started_service_is_a_real_process_until_it_is_stopped(machine: Machine):
    unit(machine, "real", "ExecStart=/bin/sleep 700\nWorkingDirectory=/opt")
    await machine.root_run("systemctl daemon-reload && systemctl start real")
    process = psutil.Process(await main_pid(machine, "real"))
    assert process.cmdline() == ["/bin/sleep", "700"]
    assert process.cwd() == str(machine.root / "opt")
    assert (await machine.run("systemctl is-active real")).stdout == "active\n"
    await machine.root_run("systemctl stop real")
    assert not process.is_running()
    done = await machine.run("systemctl is-active real")
    assert (done.stdout, done.exit_status) == ("inactive\n", 3)


async def test_a_service_that_crashes_is_started_again(machine: Machine):
    unit(machine, "crash", "ExecStart=/bin/sleep 701\nRestart=on-failure\nRestartSec=50ms")
    await machine.root_run("systemctl start crash")
    first = await main_pid(machine, "crash")
    os.kill(first, signal.SIGKILL)

    async def restarted() -> bool:
        active = (await machine.run("systemctl is-active crash")).stdout == "active\n"
        return active and await main_pid(machine, "crash") not in {0, first}

    await until(restarted)
    assert await show(machine, "crash", "NRestarts") == "1"
    await machine.root_run("systemctl stop crash")


async def test_a_service_that_ends_well_is_not_restarted_on_failure(machine: Machine):
    unit(machine, "ends", "ExecStart=/bin/true\nRestart=on-failure\nRestartSec=50ms")
    await machine.root_run("systemctl start ends")

    async def at_rest() -> bool:
        return await show(machine, "ends", "ActiveState") == "inactive"

    await until(at_rest)
    assert await show(machine, "ends", "NRestarts") == "0"


async def test_a_service_that_keeps_crashing_is_given_up(machine: Machine):
    unit(machine, "loop", "ExecStart=/bin/false\nRestart=always\nRestartSec=10ms")
    await machine.root_run("systemctl start loop")

    async def given_up() -> bool:
        return await show(machine, "loop", "Result") == "start-limit-hit"

    await until(given_up)
    assert (await machine.run("systemctl is-failed loop")).stdout == "failed\n"


async def test_stopping_a_service_ends_what_it_forked_away(machine: Machine):
    unit(
        machine,
        "forks",
        "ExecStart=/bin/sh -c '(setsid sleep 702 &) ; echo forked; exec sleep 703'",
    )
    await machine.root_run("systemctl start forks")

    def sleepers() -> set[str]:
        return {p.cmdline()[-1] for p in machine.processes() if p.name() == "sleep"}

    await until(lambda: {"702", "703"} <= sleepers())
    await machine.root_run("systemctl stop forks")
    assert not {"702", "703"} & sleepers()


async def test_a_oneshot_is_waited_for_and_its_failure_told(machine: Machine):
    good = "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'sleep 0.2; echo done > once'"
    unit(machine, "once", good)
    unit(machine, "bad", "Type=oneshot\nExecStart=/bin/sh -c 'exit 9'")
    await machine.root_run("systemctl start once")
    assert (machine.root / "once").read_text() == "done\n"
    assert await show(machine, "once", "SubState") == "exited"
    done = await machine.root_run("systemctl start bad")
    assert done.exit_status == 1
    assert "Job for bad.service failed" in done.stderr
    assert await show(machine, "bad", "ExecMainStatus") == "9"


async def test_a_unit_that_changed_needs_a_daemon_reload(machine: Machine):
    unit(machine, "edit", "Type=oneshot\nExecStart=/bin/sh -c 'echo old >> edits'")
    await machine.root_run("systemctl start edit")
    file = unit(machine, "edit", "Type=oneshot\nExecStart=/bin/sh -c 'echo new >> edits'")
    os.utime(file, ns=(1, 1))  # another moment than the first writing, however fast this was
    await machine.root_run("systemctl start edit")
    assert await show(machine, "edit", "NeedDaemonReload") == "yes"
    await machine.root_run("systemctl daemon-reload; systemctl start edit")
    assert (machine.root / "edits").read_text().split() == ["old", "old", "new"]


async def test_variables_files_of_them_and_drop_ins_reach_the_service(machine: Machine):
    machine.write("/etc/default/vars", "# a comment\nFROM_FILE='two words'\n")
    unit(
        machine,
        "vars",
        'Type=oneshot\nEnvironment=A=1 "B=x y"\nEnvironmentFile=/etc/default/vars\n'
        "EnvironmentFile=-/etc/default/missing\nExecStart=/bin/sh -c 'env > vars'",
    )
    machine.write(f"{UNITS}/vars.service.d/more.conf", "[Service]\nEnvironment=A=2\n")
    await machine.root_run("systemctl start vars")
    lines = (machine.root / "vars").read_text().splitlines()
    assert {"A=2", "B=x y", "FROM_FILE=two words", "USER=root"} <= set(lines)


async def test_what_a_service_prints_is_in_the_journal(machine: Machine):
    unit(machine, "talks", "Type=oneshot\nExecStart=/bin/sh -c 'echo one; echo two >&2'")
    await machine.root_run("systemctl start talks")

    async def said() -> bool:
        done = await machine.run("journalctl -u talks --no-pager -o cat")
        return {"one", "two"} <= set(done.stdout.splitlines())

    await until(said)
    done = await machine.run("journalctl -u talks -n 1 --no-pager -o cat")
    assert len(done.stdout.splitlines()) == 1


async def test_a_timer_starts_its_service(machine: Machine):
    unit(machine, "tick", "Type=oneshot\nExecStart=/bin/sh -c 'echo tick >> ticks'")
    machine.write(f"{UNITS}/tick.timer", "[Timer]\nOnActiveSec=10ms\nOnUnitActiveSec=100ms\n")
    await machine.root_run("systemctl start tick.timer")
    ticks = machine.root / "ticks"
    await until(lambda: ticks.exists() and len(ticks.read_text().split()) >= 3)
    await machine.root_run("systemctl stop tick.timer")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("start nothing", 5, "nothing.service"),
        ("frobnicate real", 1, "frobnicate"),
        ("start --frobnicate real", 1, "--frobnicate"),
        ("", 1, "verb"),
    ],
)
async def test_what_systemctl_does_not_know_fails_loudly(machine: Machine, words, status, said):
    done = await machine.root_run(f"systemctl {words}")
    assert done.exit_status == status
    assert said in done.stderr


@pytest.mark.parametrize(
    ("service", "said"),
    [
        ("Type=forking\nExecStart=/bin/true", "Type=forking"),
        ("ExecStart=/bin/true\nExecStart=/bin/true", "more than one ExecStart"),
        ("Restart=always", "no ExecStart"),
        ("ExecStart=/bin/true\nTimeoutStartSec=soon", "soon"),
    ],
)
async def test_a_unit_that_systemd_would_refuse_does_not_start(machine: Machine, service, said):
    unit(machine, "refused", service)
    done = await machine.root_run("systemctl daemon-reload; systemctl start refused")
    assert done.exit_status == 1
    assert "bad unit file setting" in done.stderr
    assert said in (await machine.run("journalctl -u refused -o cat")).stdout


async def test_an_unknown_directive_is_told_in_the_journal(machine: Machine):
    unit(machine, "typo", "ExecStrat=/bin/true\nExecStart=/bin/sleep 704")
    await machine.root_run("systemctl start typo")
    said = (await machine.run("journalctl -u typo -o cat")).stdout
    assert "Unknown key name 'ExecStrat' in section 'Service', ignoring." in said
    await machine.root_run("systemctl stop typo")


async def test_a_service_comes_up_after_what_it_requires(machine: Machine):
    unit(
        machine,
        "base",
        "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'echo base >> order'",
    )
    unit(
        machine,
        "upper",
        "Type=oneshot\nExecStart=/bin/sh -c 'echo upper >> order'",
        "Requires=base.service\nAfter=base.service",
    )
    await machine.root_run("systemctl start upper")
    assert (machine.root / "order").read_text().split() == ["base", "upper"]


async def test_a_service_whose_requirement_fails_does_not_start(machine: Machine):
    unit(machine, "broken", "Type=oneshot\nExecStart=/bin/false")
    unit(
        machine,
        "hopeful",
        "Type=oneshot\nExecStart=/bin/sh -c 'echo started > hope'",
        "Requires=broken.service\nAfter=broken.service",
    )
    done = await machine.root_run("systemctl start hopeful")
    assert done.exit_status == 1
    assert not (machine.root / "hope").exists()

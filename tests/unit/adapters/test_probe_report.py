"""The activity read from a probe's report, and an idle kernel over two probes."""

from dataclasses import replace

import pytest

from provisioning.adapters.ssh.probe_report import read_activity
from provisioning.core.model.activity import Activity, IdleKernel, WorkKind, averaged
from provisioning.core.model.machine import DiskUse

KERNEL = {
    "id": "k1",
    "name": "python3",
    "path": "deep/train.ipynb",
    "state": "idle",
    "busy_since": None,
    "busy_seconds": None,
    "quiet_seconds": 400.0,
    "connections": 0,
}
PROCESS = {
    "pid": 7,
    "started": 100,
    "name": "python -m ipykernel_launcher",
    "kind": "kernel",
    "within": "k1",
    "cpu": 0.0,
    "cpu_seconds": 10.0,
    "seconds": 900.0,
}
REPORT = {
    "unknown": {},
    "kernels": [KERNEL],
    "terminals": [],
    "processes": [PROCESS],
    "ssh": [],
    "gpu": [],
    "files": {"quiet_seconds": 9000.0, "complete": True},
    "took": 0.5,
}


def report(**changes):
    return {**REPORT, **changes}


def kernel(**changes):
    return report(kernels=[{**KERNEL, **changes}])


def process(**changes):
    return report(processes=[{**PROCESS, **changes}])


def test_an_idle_kernel_is_not_work_and_has_a_last_use():
    seen = read_activity(REPORT)
    assert (seen.busy, seen.last_used) == (False, 400.0)
    assert seen.last_used_by == "train.ipynb last had output"


@pytest.mark.parametrize(
    ("state", "quiet", "busy"),
    [
        ("busy", 9e4, True),
        ("restarting", 9e4, True),
        ("starting", 599.0, True),
        ("starting", 600.0, False),
        ("idle", 0.0, False),
        ("dead", 0.0, False),
        ("levitating", 0.0, None),
    ],
)
def test_each_kernel_state_is_busy_idle_or_unknown(state, quiet, busy):
    assert read_activity(kernel(state=state, quiet_seconds=quiet)).busy is busy


@pytest.mark.parametrize(
    ("changes", "busy"),
    [
        ({"cpu": 0.049}, False),
        ({"cpu": 0.05}, True),
        ({"kind": "shell", "within": "terminal", "cpu": 0.0}, False),
        ({"kind": "shell", "within": "terminal", "cpu": 0.2}, True),
        ({"kind": "other", "within": "terminal", "cpu": 0.0}, True),
        ({"kind": "other", "within": "background", "cpu": 0.0}, True),
        ({"kind": "attendant", "cpu": 0.0}, False),
        ({"kind": "upkeep", "cpu": 1.0}, False),
        ({"kind": "server", "within": "background", "cpu": 0.49}, False),
        ({"kind": "server", "within": "background", "cpu": 0.5}, True),
    ],
)
def test_which_processes_are_work(changes, busy):
    assert read_activity(process(**changes)).busy is busy


def test_an_unknown_fact_has_its_reason_and_hides_no_work():
    partly = report(gpu=None, unknown={"gpu": "nvidia-smi does not answer."})
    assert read_activity(partly).busy is None
    assert read_activity(partly).unknown == "gpu: nvidia-smi does not answer."
    assert read_activity(partly | kernel(state="busy", busy_seconds=1.0)).busy is True


@pytest.mark.parametrize("broken", [{}, {"unknown": {}}, report(kernels=[{}]), report(took="?")])
def test_a_report_of_another_shape_is_unknown(broken):
    seen = read_activity(broken)
    assert seen.busy is None
    assert "could not be read" in seen.unknown


# A kernel that was probed five minutes ago.
THEN = IdleKernel("7-100", "train.ipynb", cpu_seconds=10.0, age=900.0, quiet=400.0)
NOW = replace(THEN, age=1200.0, quiet=700.0)


@pytest.mark.parametrize(
    ("now", "at_work"),
    [
        (replace(NOW, cpu_seconds=12.99), False),
        (replace(NOW, cpu_seconds=13.0), True),
        (replace(NOW, cpu_seconds=99.0, quiet=299.0), False),  # it ran a cell in between
        (replace(NOW, cpu_seconds=99.0, quiet=300.0), True),
        (replace(NOW, cpu_seconds=99.0, key="7-500"), False),  # another process
        (replace(NOW, cpu_seconds=99.0, age=900.0), False),  # no time has passed
    ],
)
def test_an_idle_kernel_that_takes_cpu_between_two_probes_is_busy(now, at_work):
    seen = averaged(Activity(idle_kernels=(now,)), (THEN,))
    assert seen.busy is at_work
    assert [work.kind for work in seen.work] == [WorkKind.KERNEL] * at_work


def test_cpu_time_of_the_sample_is_not_counted_twice():
    sampled = read_activity(process(cpu=0.5, cpu_seconds=99.0, seconds=1200.0))
    assert len(averaged(sampled, (replace(THEN, age=0.0, cpu_seconds=0.0),)).work) == 1


SPACE = {"size": 300, "used": 270, "free": 20}


def test_a_disk_is_read_with_its_largest_folders():
    seen = read_activity(report(disk={**SPACE, "largest": [["data", 200], ["~/.cache", 50]]}))
    assert seen.disk == DiskUse(300, 270, 20, (("data", 200), ("~/.cache", 50)))
    assert seen.disk.percent == 93


@pytest.mark.parametrize("changes", [{}, {"disk": None}])
def test_a_machine_that_does_not_say_how_full_its_disk_is_is_idle_all_the_same(changes):
    seen = read_activity(report(**changes))
    assert (seen.disk, seen.busy) == (None, False)


def test_names_of_a_hostile_machine_are_short_lines_of_text():
    named = [["a\nb" + "x" * 900, -5], ["caf\udce9", 2**80], *[["more", 1]] * 50]
    disk = read_activity(report(disk={**SPACE, "largest": named})).disk
    assert len(disk.largest) == 5
    assert disk.largest[0] == (("a b" + "x" * 900)[:80], 0)
    assert disk.largest[1][0] == "caf?"
    assert disk.largest[1][1] < 2**63

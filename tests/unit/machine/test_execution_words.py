"""What a cell shows of its stream, and of the end of its kernel."""

import pytest

from provisioning.machine.notebook_execution.kernels import Ending
from provisioning.machine.notebook_execution.memory import kills
from provisioning.machine.notebook_execution.terminal import same_start, written
from provisioning.machine.notebook_execution.words import ended


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["one\n", "two"], "one\ntwo"),
        (["10%\r", "20%\r", "100%"], "100%"),
        (["long line\rshort"], "shortline"),
        (["keep\n50%\r", "75%\n", "end"], "keep\n75%\nend"),
        (["ab\b", "c"], "ac"),
        (["\b\bx"], "x"),
        (["line\r\n", "next\r\n"], "line\nnext\n"),
        (["한글\r영"], "영글"),
    ],
)
def test_a_stream_is_shown_as_a_terminal_shows_it(pieces, shown):
    text, cursor = "", 0
    for piece in pieces:
        text, cursor = written(text, cursor, piece)
    assert text == shown


@pytest.mark.parametrize(
    ("left", "right", "length"), [("", "a", 0), ("abc", "abd", 2), ("ab", "abc", 2), ("x", "y", 0)]
)
def test_the_common_start_of_two_texts(left, right, length):
    assert same_start(left, right) == length


def test_kills_for_want_of_memory_are_those_of_the_own_control_group(tmp_path):
    group = tmp_path / "sys/fs/cgroup/system.slice/notebook.service"
    group.mkdir(parents=True)
    (group / "memory.events").write_text("low 0\nhigh 0\noom 3\noom_kill 2\n")
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/system.slice/notebook.service\n")
    (tmp_path / "proc/vmstat").write_text("pgfault 7\noom_kill 9\n")
    assert kills(tmp_path) == 2


def test_without_a_control_group_they_are_those_of_the_machine(tmp_path):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/\n")
    (tmp_path / "proc/vmstat").write_text("pgfault 7\noom_kill 9\n")
    assert kills(tmp_path) == 9


def test_a_system_that_does_not_tell_has_no_count(tmp_path):
    assert kills(tmp_path) is None


@pytest.mark.parametrize(
    ("ending", "status", "out_of_memory", "name", "words"),
    [
        (Ending.DIED, -9, True, "OutOfMemory", "The machine ran out of memory"),
        (Ending.DIED, -9, False, "KernelDied", "(signal 9, SIGKILL)"),
        (Ending.DIED, -9, False, "KernelDied", "The usual cause is a lack of memory."),
        (Ending.DIED, 1, False, "KernelDied", "(exit status 1)"),
        (Ending.DIED, None, False, "KernelDied", "died while this cell ran. Its variables"),
        (Ending.RESTARTED, None, True, "KernelRestarted", "was restarted"),
        (Ending.SHUT_DOWN, None, False, "KernelShutDown", "was shut down"),
    ],
)
def test_a_cell_says_why_its_kernel_has_ended(ending, status, out_of_memory, name, words):
    output = ended(ending, status, out_of_memory)
    assert output["ename"] == name
    assert words in output["evalue"]
    assert output["traceback"] == [f"{name}: {output['evalue']}"]


def test_memory_is_a_guess_only_after_a_kill():
    assert "memory" not in ended(Ending.DIED, -11, False)["evalue"]

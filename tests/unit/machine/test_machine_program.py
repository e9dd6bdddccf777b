"""The set-up program and its files, checked without a machine."""

import ast
import io
import json
import re
import sys
import threading
from pathlib import Path

import pytest

import provisioning.machine
from provisioning.machine.notebook_setup import graph
from provisioning.machine.notebook_setup.disk_full import is_full
from provisioning.machine.notebook_setup.errors import CommandError, SetUpError
from provisioning.machine.notebook_setup.events import Reporter
from provisioning.machine.notebook_setup.files import ensure_file, ensure_tree, render
from provisioning.machine.notebook_setup.graph import Step, StepFailedError, run_steps
from provisioning.machine.notebook_setup.processes import Process, kind, title
from provisioning.machine.notebook_setup.sessions import connection_key, open_connections
from provisioning.machine.notebook_setup.specification import Specification, SpecificationError

FOLDER = Path(provisioning.machine.__file__).parent
OF_ROOT = ("access_list", "deeds", "files", "links", "locks", "one_time", "register")
"""The modules of the identity provider that root's program imports too."""
ON_THE_SYSTEMS_PYTHON = sorted(
    [
        FOLDER / "setup.py",
        *(FOLDER / "notebook_setup").glob("*.py"),
        FOLDER / "as_root/obtain_certificate.py",
        FOLDER / "as_user/identity.py",
        FOLDER / "as_user/samples.py",
        FOLDER / "notebook_identity/__init__.py",
        *(FOLDER / f"notebook_identity/{name}.py" for name in OF_ROOT),
    ]
)


KERNEL = "0f8fad5b-d9cb-469f-a165-70867728950e"
TRACKER = "from#multiprocessing.resource_tracker#import#main;main(5)"


@pytest.mark.parametrize("path", ON_THE_SYSTEMS_PYTHON, ids=lambda path: path.stem)
def test_the_set_up_needs_only_python_3_9_and_its_standard_library(path):
    tree = ast.parse(path.read_text(), feature_version=(3, 9))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and node.level == 0
            else []
        )
    }
    assert imported <= sys.stdlib_module_names
    assert "tomllib" not in imported


def test_no_package_index_is_named():
    """Packages come from the index in pip's and uv's own settings, on machines and elsewhere."""
    project = FOLDER.parent.parent
    folders = [project / name for name in ("bot", "handlers", "provisioning", "migrations")]
    for path in [each for folder in folders for each in folder.rglob("*")]:
        if path.is_file() and "__pycache__" not in path.parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"pypi\.org|pythonhosted|files\.python", text.lower()), path
            if path.is_relative_to(FOLDER):
                assert not re.search(r"--(extra-)?index-url|--find-links", text), path


def test_every_package_of_the_locks_has_a_version_and_hashes():
    for name in ("server.lock", "kernels.lock", "uv.lock.txt", "acme.lock", "git.lock"):
        text = (FOLDER / name).read_text()
        entries = re.split(r"\n(?=[a-z0-9])", text)
        assert entries
        for entry in entries:
            assert re.match(r"[a-z0-9.-]+==[^ ]+", entry), entry[:80]
            assert "--hash=sha256:" in entry, entry[:80]


def test_a_template_is_filled_and_an_unknown_word_is_an_error():
    assert render("a {{b}} c {{d}}", {"b": 1, "d": "two"}) == "a 1 c two"
    with pytest.raises(KeyError):
        render("{{missing}}", {})


def test_a_file_is_written_once(tmp_path):
    file = tmp_path / "a/b"
    assert ensure_file(file, "text", 0o600)
    assert not ensure_file(file, "text", 0o600)
    assert ensure_file(file, "text", 0o644)
    assert ensure_file(file, "other")
    assert [path.name for path in file.parent.iterdir()] == ["b"]


def test_a_copied_tree_loses_files_that_its_source_has_lost(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "one").write_text("1")
    (source / "two").write_text("2")
    assert ensure_tree(source, target)
    assert not ensure_tree(source, target)
    (source / "two").unlink()
    assert ensure_tree(source, target)
    assert [path.name for path in target.iterdir()] == ["one"]


def events_of(steps: list[Step]) -> list[dict[str, object]]:
    stream = io.StringIO()
    run_steps(steps, Reporter(stream))
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_independent_steps_run_at_the_same_time():
    both_there = threading.Barrier(2, timeout=10)

    def meet() -> bool:
        both_there.wait()
        return True

    assert len(events_of([Step("one", meet), Step("two", meet)])) == 4


def test_a_step_waits_for_the_steps_it_needs():
    events = events_of([Step("last", lambda: True, ("first",)), Step("first", lambda: False)])
    assert [(e["step"], e["state"]) for e in events] == [
        ("first", "start"),
        ("first", "done"),
        ("last", "start"),
        ("last", "done"),
    ]


def test_after_a_failure_no_step_begins_and_the_failed_one_is_named():
    def fail() -> bool:
        raise SetUpError("No more disk.", "detail")

    begun = []
    steps = [Step("bad", fail), Step("after", lambda: bool(begun.append(1)), ("bad",))]
    with pytest.raises(StepFailedError) as caught:
        run_steps(steps, Reporter(io.StringIO()))
    assert (caught.value.step, caught.value.reason) == ("bad", "No more disk.")
    assert not begun


@pytest.mark.parametrize(
    ("refusals", "fetches", "tries"), [(2, True, 3), (9, True, 3), (9, False, 1)]
)
def test_only_a_download_is_tried_again(monkeypatch, refusals, fetches, tries):
    monkeypatch.setattr(graph, "PAUSES", (0.0, 0.0))
    begun = []

    def fetch() -> bool:
        begun.append(1)
        if len(begun) <= refusals:
            raise CommandError("apt-get", 100, "E: Unable to fetch")
        return True

    steps = [Step("packages", fetch, fetches=fetches)]
    if refusals < tries:
        assert run_steps(steps, Reporter(io.StringIO())) == ["packages"]
    else:
        with pytest.raises(StepFailedError, match="Unable to fetch"):
            run_steps(steps, Reporter(io.StringIO()))
    assert len(begun) == tries


def test_a_full_disk_is_reported_in_a_sentence():
    def fill() -> bool:
        raise OSError(28, "No space left on device", "/opt/notebook/env")

    with pytest.raises(StepFailedError, match="disk is full") as failed:
        run_steps([Step("environment", fill)], Reporter(io.StringIO()))
    assert failed.value.code == "DiskFull"


def test_a_file_that_can_not_be_written_is_reported_in_a_sentence():
    def write() -> bool:
        raise OSError(30, "Read-only file system", "/opt/notebook/env")

    with pytest.raises(StepFailedError, match=r"Read-only file system \(/opt/notebook/env\)"):
        run_steps([Step("environment", write)], Reporter(io.StringIO()))


@pytest.mark.parametrize(
    "said",
    [
        "error: failed to write to file: No space left on device (os error 28)",
        "cp: error writing 'x': Disk quota exceeded",
        "There is not enough space on the disk. (os error 112)",
    ],
)
def test_a_program_that_finds_the_disk_full_is_understood(said):
    assert is_full(CommandError("uv", 2, said))
    assert is_full(SetUpError(said))


def test_another_failure_is_no_full_disk():
    assert not is_full(CommandError("uv", 2, "error: no version of numpy (os error 2)"))
    assert not is_full(PermissionError(13, "Permission denied"))


def test_steps_that_wait_for_each_other_are_an_error():
    steps = [Step("a", lambda: True, ("b",)), Step("b", lambda: True, ("a",))]
    with pytest.raises(ValueError, match="wait for each other"):
        run_steps(steps, Reporter(io.StringIO()))


def a_specification(**changes: object) -> dict[str, object]:
    return {
        "server_id": "abcdefghijkl",
        "server_name": "quiet-otter",
        "root": "/",
        "notebook_user": "notebook",
        "bind_address": "10.0.0.4",
        "notebook_port": 9999,
        "public_port": 443,
        "ssh_port": 22,
        "url": "https://otter.example.com/",
        "hostnames": ["otter.example.com", "10.0.0.4"],
        "platform": {
            "os": "linux",
            "package_manager": "apt",
            "service_manager": "systemd",
            "firewall": "nft",
            "packages": ["nftables"],
            "ssh_service": "ssh.service",
        },
        "owner": {"id": "U_ANA", "name": "Ana"},
        **changes,
    }


def test_a_relative_root_is_relative_to_the_working_directory(monkeypatch, tmp_path):
    home = tmp_path / "home/notebook-admin"
    home.mkdir(parents=True)
    monkeypatch.chdir(home)
    assert Specification.parse(a_specification(root="../..")).root == tmp_path
    assert Specification.parse(a_specification()).root == Path("/")


@pytest.mark.parametrize("name", list(a_specification()))
def test_each_field_is_required(name):
    data = a_specification()
    del data[name]
    with pytest.raises(SpecificationError, match=name):
        Specification.parse(data)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"server_name": "Quiet Otter"}, "server_name"),
        ({"notebook_port": True}, "notebook_port"),
        ({"notebook_port": "9999"}, "notebook_port"),
        ({"ssh_port": 9999}, "must differ"),
        ({"hostnames": ["a b"]}, "hostnames"),
        ({"hostnames": "otter"}, "hostnames"),
        ({"root": 'a"b'}, "root"),
        ({"platform": []}, "JSON objects"),
        ({"owner": {"id": "U_ANA"}}, "name"),
    ],
)
def test_a_wrong_field_is_named(change, complaint):
    with pytest.raises(SpecificationError, match=complaint):
        Specification.parse(a_specification(**change))


@pytest.mark.parametrize(
    ("name", "line", "expected"),
    [
        ("python", "/opt/env/bin/python -m jupyterlab --config=x", "server"),
        ("python", "/opt/env/bin/python -m ipykernel_launcher -f x.json", "kernel"),
        ("python", "/opt/env/bin/python -m compileall -q /opt/env/lib", "upkeep"),
        ("bash", "/bin/bash -l", "shell"),
        ("bash", "-bash", "shell"),
        ("bash", "bash train.sh", "other"),
        ("sh", "sh -c while:;do:;done", "other"),
        ("python", "python train.py", "other"),
        ("ruby", f"ruby k -f /run/notebook/kernel-{KERNEL}.json", "kernel"),
        ("python", f"python -c {TRACKER}", "attendant"),
        ("tmux: server", "tmux new -s work", "attendant"),
        ("python3", "/usr/bin/python3 -I /opt/notebook/lib/as_user/identity.py x", "upkeep"),
    ],
)
def test_the_kind_of_a_process_is_known_by_its_command_line(name, line, expected):
    assert kind(name, line.split()) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("python -u train.py --token hush", "python train.py"),
        ("/usr/bin/python3 -m http.server 80", "python3 -m http.server"),
        ("bash -c curl#-u#me:hush", "bash"),
        ("curl -u me:hush https://example.com", "curl"),
        ("/home/notebook/work/solve hush", "solve"),
        ("", "worker"),
    ],
)
def test_a_process_is_named_without_its_possibly_secret_arguments(line, expected):
    process = Process(7, 1, "worker", tuple(line.split()), "S", 0, 0, {})
    assert title(process) == expected


def test_an_open_ssh_connection_is_found_by_its_addresses_and_ports(tmp_path):
    head = "  sl  local_address rem_address   st tx_queue\n"
    (tmp_path / "tcp").write_text(
        head + "   0: 0100007F:0016 0200007F:C350 01 0:0\n"
        "   1: 0100007F:0016 0200007F:C351 06 0:0\n"
    )
    mapped = "0000000000000000FFFF0000"
    (tmp_path / "tcp6").write_text(
        f"{head}   0: {mapped}0100007F:0016 {mapped}0300007F:C352 01 0:0\n"
    )
    found = open_connections(tmp_path)
    assert connection_key("127.0.0.2 50000 127.0.0.1 22") in found
    assert connection_key("127.0.0.3 50002 127.0.0.1 22") in found
    assert connection_key("127.0.0.2 50001 127.0.0.1 22") not in found
    assert connection_key("") is None

"""The bot and the machine know a version by the same digest."""

from pathlib import Path

import provisioning
from provisioning.adapters.ssh.bundle import MachineBundle
from provisioning.machine.notebook_setup.version import version_of

FOLDER = Path(provisioning.__file__).parent / "machine"


def test_the_bot_names_the_version_that_its_program_writes_on_a_machine():
    assert MachineBundle(FOLDER).version == version_of(FOLDER)


def test_a_changed_program_and_a_changed_lock_are_other_versions(tmp_path):
    versions = set()
    for lock, program in (("a==1\n", "pass"), ("a==2\n", "pass"), ("a==2\n", "run()")):
        (tmp_path / "as_user").mkdir(exist_ok=True)
        (tmp_path / "server.lock").write_text(lock)
        (tmp_path / "as_user" / "trial.py").write_text(program)
        versions.add(version_of(tmp_path))
    assert len(versions) == 3


def test_compiled_files_make_no_other_version(tmp_path):
    (tmp_path / "server.lock").write_text("a==1\n")
    before = version_of(tmp_path)
    (tmp_path / "as_user" / "__pycache__").mkdir(parents=True)
    (tmp_path / "as_user" / "__pycache__" / "trial.pyc").write_bytes(b"x")
    assert version_of(tmp_path) == before

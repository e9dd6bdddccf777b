"""The labels of SELinux, by a stand-in for the program that sets them."""

from provisioning.machine.notebook_setup.layout import Layout
from provisioning.machine.notebook_setup.server import label_files


def test_files_are_labelled_only_where_selinux_is_on(tmp_path, monkeypatch):
    calls = tmp_path / "calls"
    program = tmp_path / "bin/restorecon"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {calls}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    layout = Layout(tmp_path / "root")

    label_files(layout)
    assert not calls.exists()

    switch = layout.root / "sys/fs/selinux/enforce"
    switch.parent.mkdir(parents=True)
    switch.write_text("1")
    label_files(layout)
    assert calls.read_text() == f"-R {layout.base} {layout.settings} {layout.state}\n"

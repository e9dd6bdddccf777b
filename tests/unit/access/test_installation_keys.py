"""The installation's keys, on real files and with real processes."""

import stat
import subprocess
import sys

import asyncssh
import pytest

from provisioning.access.installation_keys import InstallationKeys
from provisioning.core.errors import UserError


def test_a_host_key_is_the_same_in_every_process_and_differs_between_servers(tmp_path):
    first = InstallationKeys(tmp_path / "keys").host_key("abc123def456")
    again = InstallationKeys(tmp_path / "keys").host_key("abc123def456")
    other = InstallationKeys(tmp_path / "keys").host_key("zzz123def456")

    assert first == again
    assert first.public_openssh != other.public_openssh


def test_two_installations_have_different_host_keys_for_the_same_server(tmp_path):
    ours = InstallationKeys(tmp_path / "ours").host_key("abc")
    theirs = InstallationKeys(tmp_path / "theirs").host_key("abc")

    assert ours.public_openssh != theirs.public_openssh


def test_openssh_reads_the_private_key_and_finds_the_same_public_key(tmp_path):
    pair = InstallationKeys(tmp_path / "keys").host_key("abc123def456")

    key = asyncssh.import_private_key(pair.private_openssh)

    public = key.export_public_key("openssh").decode().split()
    assert public[:2] == pair.public_openssh.split()[:2]
    assert key.get_comment() == "nb-abc123def456"


def test_ssh_keygen_agrees_on_the_format(tmp_path):
    pair = InstallationKeys(tmp_path / "keys").host_key("abc123def456")
    file = tmp_path / "host_key"
    file.write_text(pair.private_openssh)
    file.chmod(0o600)
    try:
        printed = subprocess.run(
            ["ssh-keygen", "-y", "-f", file], capture_output=True, text=True, check=True
        ).stdout
    except FileNotFoundError:
        pytest.skip("no ssh-keygen on this machine")

    assert printed.split()[:2] == pair.public_openssh.split()[:2]


def test_the_client_key_is_made_once_and_kept(tmp_path):
    keys = InstallationKeys(tmp_path / "keys")

    assert keys.client_private_key == InstallationKeys(tmp_path / "keys").client_private_key
    public = asyncssh.import_private_key(keys.client_private_key).export_public_key("openssh")
    assert keys.client_public_key.split()[:2] == public.decode().split()[:2]


def test_other_users_can_read_neither_the_folder_nor_its_files(tmp_path):
    keys = InstallationKeys(tmp_path / "keys")
    keys.host_key("abc")
    assert keys.client_private_key

    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    files = list((tmp_path / "keys").iterdir())
    assert {file.name for file in files} == {"ssh_client_ed25519", "host_key_seed"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_key_file_that_others_could_read_is_tightened(tmp_path):
    InstallationKeys(tmp_path / "keys").host_key("abc")
    seed = tmp_path / "keys" / "host_key_seed"
    seed.chmod(0o644)

    InstallationKeys(tmp_path / "keys").host_key("abc")

    assert stat.S_IMODE(seed.stat().st_mode) == 0o600


PRINT_PUBLIC_KEYS = """
import pathlib, sys
from provisioning.access.installation_keys import InstallationKeys
keys = InstallationKeys(pathlib.Path(sys.argv[1]))
print(keys.client_public_key, keys.host_key("abc").public_openssh)
"""


def test_processes_that_start_at_the_same_time_agree_on_the_keys(tmp_path):
    command = [sys.executable, "-c", PRINT_PUBLIC_KEYS, tmp_path / "keys"]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    printed = {process.communicate()[0] for process in started}

    assert [process.returncode for process in started] == [0, 0, 0, 0]
    assert len(printed) == 1


def test_no_secret_is_in_a_repr(tmp_path):
    keys = InstallationKeys(tmp_path / "keys")
    pair = keys.host_key("abc")

    assert "PRIVATE" not in repr(pair)
    assert keys.client_private_key not in repr(keys)


def test_a_damaged_seed_is_refused_and_not_replaced(tmp_path):
    InstallationKeys(tmp_path / "keys").host_key("abc")
    seed = tmp_path / "keys" / "host_key_seed"
    seed.write_bytes(b"short")

    with pytest.raises(UserError, match="backup"):
        InstallationKeys(tmp_path / "keys").host_key("abc")
    assert seed.read_bytes() == b"short"


def test_a_folder_that_cannot_be_made_is_named_with_its_setting(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(UserError, match="NOTEBOOK_BOT_KEYS_DIR"):
        InstallationKeys(tmp_path / "file" / "keys").host_key("abc")

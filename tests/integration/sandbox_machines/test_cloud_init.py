"""The effect of user-data on a machine."""

import base64
import gzip
import json

import asyncssh

from .small_machines import ADMIN, Place

ENCODED = base64.b64encode(b"binary \xff").decode()
ZIPPED = base64.b64encode(gzip.compress(b"zipped")).decode()
FILES = f"""
write_files:
- path: /etc/plain
  content: plain
  permissions: '0600'
- path: /etc/encoded
  encoding: b64
  content: {ENCODED}
- path: /opt/deep/er/zipped
  encoding: gz+b64
  content: {ZIPPED}
"""


async def test_files_are_written_with_their_permissions_and_encodings(place: Place):
    machine = await place.create(extra=FILES)
    await machine.run("cloud-init status --wait")
    assert (machine.root / "etc/plain").read_text() == "plain"
    assert (machine.root / "etc/plain").stat().st_mode & 0o777 == 0o600
    assert (machine.root / "etc/encoded").read_bytes() == b"binary \xff"
    assert (machine.root / "opt/deep/er/zipped").read_bytes() == b"zipped"


async def test_a_user_of_the_user_data_can_sign_in(place: Place):
    key = asyncssh.generate_private_key("ssh-ed25519")
    public = key.export_public_key().decode().strip()
    users = f"users:\n- default\n- name: guest\n  ssh_authorized_keys: ['{public}']\n"
    machine = await place.create(extra=users)
    async with await machine.connect(username="guest", client_keys=[key]) as connection:
        assert (await connection.run("id -un")).stdout == "guest\n"
        assert (await connection.run("sudo -n true")).exit_status == 1
    assert (await machine.run("id -un")).stdout == f"{ADMIN}\n"


async def test_commands_run_once_in_the_life_of_an_instance(place: Place):
    extra = "hostname: renamed\nruncmd:\n- echo $USER >> ran\n- [sh, -c, 'echo list >> ran']\n"
    machine = await place.create(extra=extra)
    done = await machine.run("cloud-init status --wait; hostname")
    assert done.stdout == "status: done\nrenamed\n"
    await place.machines.stop("one")
    await place.machines.start("one")
    await machine.run("cloud-init status --wait")
    assert (machine.root / "ran").read_text() == "root\nlist\n"


async def test_an_unknown_key_is_an_error_and_the_rest_is_done(place: Place):
    machine = await place.create(extra="pakcages: [git]\n" + FILES)
    done = await machine.run("cloud-init status --wait --format json")
    assert done.exit_status == 1
    assert json.loads(done.stdout)["status"] == "error"
    assert "pakcages" in done.stdout
    assert "pakcages" in (machine.root / "var/log/cloud-init.log").read_text()
    assert (machine.root / "etc/plain").exists()


async def test_a_package_that_there_is_not_is_an_error(place: Place):
    machine = await place.create(extra="packages: [git, no-such-package]\n")
    done = await machine.run("cloud-init status --wait")
    assert done.exit_status == 1
    assert "no-such-package" in done.stdout


async def test_the_user_data_is_kept_from_other_users_of_this_computer(place: Place):
    machine = await place.create()
    assert (machine.folder / "machine.json").stat().st_mode & 0o077 == 0
    await machine.run("true")
    key = machine.root / "etc/ssh/ssh_host_ed25519_key"
    assert key.stat().st_mode & 0o077 == 0

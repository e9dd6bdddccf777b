"""The commands `connect` and `keys` in the local Slack."""

import hashlib
import re

import asyncssh
import pytest

from provisioning.core.errors import NotYet
from provisioning.core.model.server import Status

KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
RUNNING = {
    "status": Status.RUNNING,
    "url": "https://nb-1.example.com/",
    "address": "10.0.0.4",
    "certificate_sha256": "AB:CD",
}


def link_in(text: str) -> str:
    return re.findall(r"`(https://[^`]+)`", text)[0]


async def dm(place, user="U_ANA"):
    """Return the newest message in the member's DM."""
    return [m for m in await place.messages(user) if m["channel"].startswith("D_")][-1]


async def test_a_connection_goes_by_dm_and_its_token_to_the_machine_as_a_hash(place):
    await place.server("sales", **RUNNING)
    answer = await place.type("connect sales")
    assert "DM" in answer
    assert "token" not in answer
    link = link_in((await dm(place))["text"])
    assert link.startswith("https://nb-1.example.com/?token=")
    ((member, digest, _),) = place.host.links
    assert member == "U_ANA"
    assert digest == hashlib.sha256(link.partition("token=")[2].encode()).hexdigest()


async def test_each_connection_has_a_new_link(place):
    await place.server("sales", **RUNNING)
    links = set()
    for _ in range(2):
        await place.type("connect sales")
        links.add(link_in((await dm(place))["text"]))
    assert len(links) == 2


async def test_the_ssh_entry_comes_with_the_pinned_host_key_once_there_is_a_key(place):
    server = await place.server("sales", **RUNNING)
    await place.type("connect sales")
    assert "keys add" in str((await dm(place))["blocks"])
    assert "Added" in await place.type(f"keys add {KEY} ana@laptop")
    assert place.work.asked == [("people", server.id)]
    await place.type("connect sales")
    blocks = str((await dm(place))["blocks"])
    assert "HostName nb-1.example.com" in blocks
    assert "User notebook\\n" in blocks
    pinned = place.keys.host_key(server.id, 1).public_openssh.split()[1]
    assert f"notebook-sales-{server.id} ssh-ed25519 {pinned}" in blocks


async def test_keys_are_added_listed_and_removed(place):
    assert "no SSH keys" in await place.type("keys")
    await place.type(f"keys add {KEY} ana@laptop")
    assert "already" in await place.type(f"keys add {KEY}")
    listed = await place.type("keys list")
    assert "1. `SHA256:" in listed
    assert "ana@laptop" in listed
    assert "No single key" in await place.type("keys remove 2")
    assert "Removed" in await place.type("keys remove 1")
    assert "no SSH keys" in await place.type("keys list")


async def test_all_keys_of_one_paste_are_added_and_each_is_told(place):
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    short = asyncssh.generate_private_key("ssh-rsa", key_size=1024).export_public_key().decode()
    pasted = f"```{KEY} ana@laptop\n{other} {'a long comment ' * 4}\n{short}```"
    answer = await place.type(f"keys add {pasted}")
    assert "Added these keys: `SHA256:" in answer
    assert "1024 bits" in answer
    listed = await place.type("keys")
    assert "2. `SHA256:" in listed
    assert "a long comment a long comment…" in listed.replace(" …", "…")
    assert "already" in await place.type(f"keys add {other}")
    fingerprint = asyncssh.import_public_key(other).get_fingerprint()
    assert "Removed" in await place.type(f"keys remove `{fingerprint}`")


async def test_a_private_key_is_refused_and_is_in_no_log(place, caplog):
    private = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    assert "did not keep the private key" in await place.type(f"keys add {private}")
    assert private.splitlines()[1] not in caplog.text
    assert "no SSH keys" in await place.type("keys")


async def test_a_guest_gets_a_connection_of_their_own(place):
    await place.server("sales", **RUNNING)
    await place.type("share sales @bob")
    assert "DM" in await place.type("connect sales", "U_BOB")
    assert place.host.links[0][0] == "U_BOB"
    assert "sales" not in str(await place.type("connect sales", "U_EVE")).replace("`sales`", "")


async def test_a_member_without_an_account_on_the_machine_reads_what_to_do(place):
    await place.server("sales", **RUNNING)
    place.host.strangers.add("U_ANA")
    assert "password sales" in await place.type("connect sales")


async def test_a_long_rsa_private_key_is_recognised(place):
    private = asyncssh.generate_private_key("ssh-rsa", key_size=4096).export_private_key().decode()
    assert "did not keep the private key" in await place.type(f"keys add {private}")


@pytest.mark.parametrize("status", [Status.STOPPED, Status.CREATING])
async def test_only_a_running_server_can_be_connected_to(place, status):
    await place.server("sales", **{**RUNNING, "status": status})
    assert "is not running" in await place.type("connect sales")
    assert place.host.links == []


async def test_the_answer_says_when_the_machine_does_not_respond(place):
    await place.server("sales", **RUNNING)
    place.host.failures["give_link"] = [NotYet("SSH does not answer (TimeoutError)")]
    answer = await place.type("connect sales")
    assert "SSH does not answer" in answer

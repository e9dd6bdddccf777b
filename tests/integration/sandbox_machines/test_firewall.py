"""nft of a machine: redirected ports carry connections, unknown rules change nothing."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import asyncssh
import pytest
import pytest_asyncio

from bot.sandbox.machines.process.packet_filter import parse
from tests.e2e.demo import ROOT

from .small_machines import Machine

pytestmark = pytest.mark.asyncio(loop_scope="module")
PUBLIC, INNER = 8765, 9876
ASSETS = ROOT / "provisioning/machine/assets"
RULES = f"""#!/usr/sbin/nft -f
flush ruleset
table inet notebook {{
    chain prerouting {{
        type nat hook prerouting priority dstnat; policy accept;
        fib daddr type local tcp dport {PUBLIC} redirect to :{INNER}
    }}
    chain input {{
        type filter hook input priority filter; policy drop;
        ct state {{ established, related }} accept
        iif lo accept
        tcp dport {{ 22, 443 }} accept  # a comment
        ct status dnat accept
    }}
}}
"""


@pytest_asyncio.fixture(loop_scope="module")
async def filtered(machine: Machine) -> AsyncIterator[Machine]:
    """The machine with the rules above; at the end it has no rules."""
    assert (await load(machine, RULES)).exit_status == 0
    yield machine
    assert (await machine.root_run("nft flush ruleset")).exit_status == 0


async def load(machine: Machine, text: str) -> asyncssh.SSHCompletedProcess:
    file = machine.write("/etc/nftables.conf", text)
    return await machine.root_run(f"nft -f {file}")


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer only when the other side has sent everything: a half-close must get through."""
    writer.write(await reader.read())
    writer.write_eof()
    await writer.drain()
    writer.close()


async def test_a_machine_knows_every_rule_of_the_set_up_program():
    words = {"public_port": "443", "notebook_port": "8443", "open_ports": "{ 22, 443 }"}
    for file in sorted(ASSETS.glob("*.nft")):
        text = file.read_text()
        for word, value in words.items():
            text = text.replace(f"{{{{{word}}}}}", value)
        redirects = [each.redirects() for each in parse(text, {}).values()]
        assert redirects == [{443: 8443} if file.name == "notebook.nft" else {}]


async def test_a_redirected_port_carries_both_ways_and_keeps_the_end_of_each(filtered: Machine):
    data = bytes(range(256)) * 8192  # 2 MiB: more than any buffer on the way
    async with await asyncio.start_server(echo, filtered.spec.address, INNER, limit=2**22):

        async def talk() -> bytes:
            reader, writer = await asyncio.open_connection(filtered.spec.address, PUBLIC)
            writer.write(data)
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

        answers = await asyncio.gather(*(talk() for _ in range(8)))
    assert all(answer == data for answer in answers)


async def test_tls_ends_at_the_target_and_not_before(filtered: Machine, tmp_path):
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    files = tmp_path / "key.pem", tmp_path / "cert.pem"
    key.write_private_key(files[0], "pkcs8-pem")
    await _self_signed(files[0], files[1])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files[1], files[0])
    client = ssl.create_default_context(cafile=str(files[1]))

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    address = filtered.spec.address
    async with await asyncio.start_server(greet, address, INNER, ssl=server):
        reader, writer = await asyncio.open_connection(
            address, PUBLIC, ssl=client, server_hostname="machine.test"
        )
        writer.write(b"hello\n")
        assert await reader.readline() == b"hello\n"
        writer.close()
        await writer.wait_closed()


async def read_all(address: str, port: int) -> bytes:
    """Return everything that a port sends until its end."""
    reader, writer = await asyncio.open_connection(address, port)
    try:
        return await reader.read()
    finally:
        writer.close()


async def test_a_port_whose_target_is_closed_resets_the_connection(filtered: Machine):
    with pytest.raises(ConnectionResetError):  # as it is opened, or at its first byte
        await read_all(filtered.spec.address, PUBLIC)


async def test_the_rules_are_listed_as_they_are(filtered: Machine):
    listed = (await filtered.root_run("nft list ruleset")).stdout
    assert "table inet notebook {" in listed
    assert f"tcp dport {PUBLIC} redirect to :{INNER}" in listed
    assert "ct status dnat accept" in listed


async def test_the_same_file_may_be_loaded_again(filtered: Machine):
    before = (await filtered.root_run("nft list ruleset")).stdout
    assert (await load(filtered, RULES)).exit_status == 0
    assert (await filtered.root_run("nft list ruleset")).stdout == before


@pytest.mark.parametrize(
    "wrong", ["tcp dprot 22 accept", "masquerade", "tcp dport 70000 accept", "accept)"]
)
async def test_a_rule_that_is_not_known_is_named_and_nothing_is_applied(filtered: Machine, wrong):
    before = (await filtered.root_run("nft list ruleset")).stdout
    text = RULES.replace("ct status dnat accept", wrong).replace(str(INNER), "9999")
    done = await load(filtered, text)
    assert done.exit_status == 1
    assert "line 13:" in done.stderr
    assert wrong.split()[0] in done.stderr
    assert (await filtered.root_run("nft list ruleset")).stdout == before


async def test_a_port_that_cannot_be_had_leaves_the_rules_as_they_were(filtered: Machine):
    before = (await filtered.root_run("nft list ruleset")).stdout
    async with await asyncio.start_server(echo, filtered.spec.address, 8766):
        done = await load(filtered, RULES.replace(str(PUBLIC), "8766"))
    assert done.exit_status == 1
    assert (await filtered.root_run("nft list ruleset")).stdout == before
    async with await asyncio.start_server(echo, filtered.spec.address, INNER):
        reader, writer = await asyncio.open_connection(filtered.spec.address, PUBLIC)
        writer.write(b"still")
        writer.write_eof()
        assert await reader.read() == b"still"
        writer.close()


async def test_a_flush_closes_the_ports(machine: Machine):
    await load(machine, RULES)
    await machine.root_run("nft flush ruleset")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(machine.spec.address, PUBLIC)


@pytest.mark.parametrize("words", ["-j list ruleset", "list sets", "-f /nowhere", "frobnicate"])
async def test_words_that_nft_does_not_know_fail(machine: Machine, words):
    done = await machine.root_run(f"nft {words}")
    assert done.exit_status == 1
    assert done.stderr


async def _self_signed(key, certificate) -> None:
    process = await asyncio.create_subprocess_exec(
        *f"openssl req -x509 -key {key} -out {certificate} -days 2".split(),
        *"-subj /CN=machine.test -addext subjectAltName=DNS:machine.test".split(),
    )
    assert await process.wait() == 0

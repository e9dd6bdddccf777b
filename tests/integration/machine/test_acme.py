"""Certificates from an ACME authority (pebble), with the real client and a running server."""

import json
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from .authority import BLOCKED, Authority, running_authority
from .jupyter_server import Browser, free_port
from .whole_machine import WholeMachine, served_certificate, whole_machine

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
NAME = "nb-abcdefghijkl.notebooks.example.com"
PORT = free_port()
OBTAIN = (
    "python3 -I {root}/opt/notebook/lib/as_root/obtain_certificate.py {root}/etc/notebook/acme.json"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory) -> AsyncIterator[WholeMachine]:
    async with whole_machine(tmp_path_factory.mktemp("w")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def authority(running, tmp_path_factory) -> AsyncIterator[Authority]:
    folder = tmp_path_factory.mktemp("ca") / "pebble"
    async with running_authority(folder, running.access.address, PORT) as authority:
        yield authority


@pytest.fixture
def machine(running) -> WholeMachine:
    """The running machine, without any certificate."""
    for name in ("var/lib/notebook/tls", "var/lib/notebook-acme"):
        shutil.rmtree(running.root / name, ignore_errors=True)
    return running


def tls_section(authority: Authority, **changes: object) -> dict[str, object]:
    return {
        "mode": "acme",
        "hostname": NAME,
        "directory": authority.directory,
        "email": "admin@example.com",
        "authorities": authority.ca,
        "http_port": PORT,
        **changes,
    }


async def served(machine: WholeMachine, authority: Authority) -> str:
    return await served_certificate(machine, authority.root, NAME)


async def test_the_authoritys_certificate_is_served_and_kept_by_a_second_set_up(machine, authority):
    first = await machine.apply(tls=tls_section(authority))
    assert (first.tls, first.tls_reason) == ("acme", "")
    assert await served(machine, authority) == first.certificate_sha256
    assert await machine.host.verify(machine.access) == first.certificate_sha256

    again = await machine.apply(tls=tls_section(authority))
    assert again.changed == ()
    assert again.certificate_sha256 == first.certificate_sha256


async def test_a_renewed_certificate_is_served_without_ending_the_kernel(machine, authority):
    first = await machine.apply(tls=tls_section(authority))
    await machine.plant()
    server = machine.server_pid()
    async with Browser(machine, {}, ssl=False) as browser:
        await browser.enter()
        kernel = await browser.start_kernel()
        socket = await browser.socket(f"/api/kernels/{kernel}/channels")

        output = await machine.root_runs(OBTAIN.format(root=machine.root) + " --now")

        renewed = json.loads(output.splitlines()[-1])
        assert (renewed["changed"], renewed["reason"]) == (True, "")
        assert renewed["sha256"] != first.certificate_sha256
        assert await served(machine, authority) == renewed["sha256"]
        assert not socket.closed
        await socket.close()
        listed = await (await browser.get("/api/kernels")).json()
        assert [each["id"] for each in listed] == [kernel]
    assert machine.server_pid() == server
    assert await machine.host.verify(machine.access) == renewed["sha256"]


async def test_the_timers_service_keeps_a_valid_certificate(machine, authority):
    first = await machine.apply(tls=tls_section(authority))
    await machine.root_runs("systemctl start notebook-acme.service")
    assert await served(machine, authority) == first.certificate_sha256
    assert "active" in await machine.root_runs("systemctl is-active notebook-acme.timer")
    assert "enabled" in await machine.root_runs("systemctl is-enabled notebook-acme.timer")


async def test_if_the_authority_refuses_the_server_keeps_its_own_certificate(machine, authority):
    done = await machine.apply(tls=tls_section(authority, hostname=BLOCKED))
    assert done.tls == "self-signed"
    assert "policy" in done.tls_reason.lower() or "forbids" in done.tls_reason.lower()
    assert await machine.host.verify(machine.access) == done.certificate_sha256


async def test_if_the_authority_is_down_the_server_keeps_its_own_certificate(machine, authority):
    away = f"https://127.0.0.1:{free_port()}/dir"
    done = await machine.apply(tls=tls_section(authority, directory=away))
    assert done.tls == "self-signed"
    assert done.tls_reason
    assert await machine.host.verify(machine.access) == done.certificate_sha256


async def test_if_the_authority_is_down_later_its_certificate_is_kept(machine, authority):
    first = await machine.apply(tls=tls_section(authority))
    away = f"https://127.0.0.1:{free_port()}/dir"
    later = await machine.apply(tls=tls_section(authority, directory=away))
    assert later.certificate_sha256 == first.certificate_sha256
    assert await served(machine, authority) == first.certificate_sha256


async def test_the_authoritys_port_is_open_and_no_secret_is_readable_by_others(machine, authority):
    await machine.apply(tls=tls_section(authority))
    rules = await machine.root_runs("nft list ruleset")
    assert f"{PORT} }} accept" in rules
    private = {
        "var/lib/notebook-acme/config/accounts": 0o700,
        "etc/notebook/acme.json": 0o600,
        "var/lib/notebook/tls/notebook.key": 0o600,
    }
    for name, mode in private.items():
        assert (machine.root / name).stat().st_mode & 0o777 == mode, name

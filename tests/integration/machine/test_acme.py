"""Certificates by an authority: a real one (pebble), the real client, a running notebook."""

import json
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from .authority import BLOCKED, Authority, running_authority
from .jupyter_server import Browser, free_port
from .whole_machine import WholeMachine, shown_to_a_browser, whole_machine

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
    """The running machine, as if it had never had a certificate of anybody."""
    for name in ("var/lib/notebook/tls", "var/lib/notebook-acme"):
        shutil.rmtree(running.root / name, ignore_errors=True)
    return running


def wish(authority: Authority, **changes: object) -> dict[str, object]:
    return {
        "mode": "acme",
        "hostname": NAME,
        "directory": authority.directory,
        "email": "admin@example.com",
        "authorities": authority.ca,
        "http_port": PORT,
        **changes,
    }


async def shown(machine: WholeMachine, authority: Authority) -> str:
    return await shown_to_a_browser(machine, authority.root, NAME)


async def test_the_authoritys_certificate_is_shown_and_a_second_set_up_keeps_it(machine, authority):
    first = await machine.apply(tls=wish(authority))
    assert (first.tls, first.tls_reason) == ("acme", "")
    assert await shown(machine, authority) == first.certificate_sha256
    assert await machine.host.verify(machine.access) == first.certificate_sha256

    again = await machine.apply(tls=wish(authority))
    assert again.changed == ()
    assert again.certificate_sha256 == first.certificate_sha256


async def test_a_renewal_is_served_while_the_kernel_goes_on(machine, authority):
    first = await machine.apply(tls=wish(authority))
    await machine.plant()
    server = machine.server_pid()
    async with Browser(machine, {}, ssl=False) as browser:
        await browser.enter()
        kernel = await browser.start_kernel()
        socket = await browser.socket(f"/api/kernels/{kernel}/channels")

        told = await machine.root_runs(OBTAIN.format(root=machine.root) + " --now")

        renewed = json.loads(told.splitlines()[-1])
        assert (renewed["changed"], renewed["reason"]) == (True, "")
        assert renewed["sha256"] != first.certificate_sha256
        assert await shown(machine, authority) == renewed["sha256"]
        assert not socket.closed
        await socket.close()
        listed = await (await browser.get("/api/kernels")).json()
        assert [each["id"] for each in listed] == [kernel]
    assert machine.server_pid() == server
    assert await machine.host.verify(machine.access) == renewed["sha256"]


async def test_the_timers_service_leaves_a_good_certificate_alone(machine, authority):
    first = await machine.apply(tls=wish(authority))
    await machine.root_runs("systemctl start notebook-acme.service")
    assert await shown(machine, authority) == first.certificate_sha256
    assert "active" in await machine.root_runs("systemctl is-active notebook-acme.timer")
    assert "enabled" in await machine.root_runs("systemctl is-enabled notebook-acme.timer")


async def test_an_authority_that_refuses_leaves_the_servers_own_with_the_reason(machine, authority):
    done = await machine.apply(tls=wish(authority, hostname=BLOCKED))
    assert done.tls == "self-signed"
    assert "policy" in done.tls_reason.lower() or "forbids" in done.tls_reason.lower()
    assert await machine.host.verify(machine.access) == done.certificate_sha256


async def test_an_authority_that_is_down_leaves_the_servers_own_with_the_reason(machine, authority):
    away = f"https://127.0.0.1:{free_port()}/dir"
    done = await machine.apply(tls=wish(authority, directory=away))
    assert done.tls == "self-signed"
    assert done.tls_reason
    assert await machine.host.verify(machine.access) == done.certificate_sha256


async def test_an_authority_that_is_down_later_takes_nothing_away(machine, authority):
    first = await machine.apply(tls=wish(authority))
    away = f"https://127.0.0.1:{free_port()}/dir"
    later = await machine.apply(tls=wish(authority, directory=away))
    assert later.certificate_sha256 == first.certificate_sha256
    assert await shown(machine, authority) == first.certificate_sha256


async def test_the_authoritys_port_is_open_and_no_secret_is_readable_by_others(machine, authority):
    await machine.apply(tls=wish(authority))
    rules = await machine.root_runs("nft list ruleset")
    assert f"{PORT} }} accept" in rules
    for name, mode in {"var/lib/notebook-acme/config/accounts": 0o700,
                       "etc/notebook/acme.json": 0o600,
                       "var/lib/notebook/tls/notebook.key": 0o600}.items():  # fmt: skip
        assert (machine.root / name).stat().st_mode & 0o777 == mode, name

"""`python -m bot.sandbox.azure`: its own process, real machines, and a clean end."""

import asyncio
import os
import signal
import socket
import sys
from types import SimpleNamespace

import psutil
import pytest

GROUP = "rg"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
async def process(tmp_path):
    port = free_port()
    environment = os.environ | {
        "DEMO_PORT": str(port - 1),
        "DEMO_DIR": str(tmp_path),
        "DEMO_SPEED": "1000",
        "DEMO_SEED": "1",
        "DEMO_MACHINES": "process",
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox.azure", env=environment
    )
    yield SimpleNamespace(child=child, url=f"https://127.0.0.1:{port}", folder=tmp_path)
    if child.returncode is None:
        child.kill()
        await child.wait()


@pytest.fixture
async def remote(process, portal_type):
    """Return a portal to the process, once the process answers."""
    ca_file = process.folder / "azure" / "ca.pem"
    async with asyncio.timeout(60):
        while not ca_file.exists():
            assert process.child.returncode is None
            await asyncio.sleep(0.05)
        portal = portal_type(SimpleNamespace(url=process.url, ca_file=ca_file))
        while True:
            try:
                await portal.sandbox("GET", "traffic")
                break
            except OSError:
                await asyncio.sleep(0.05)
    yield portal
    await portal.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_with_all_its_machines(process, remote, number):
    await remote.prepare()
    vm = await remote.make_vm()
    assert vm.provisioning_state == "Succeeded"
    family = psutil.Process(process.child.pid).children(recursive=True)
    assert family, "a machine of kind process has processes"

    process.child.send_signal(number)

    assert await asyncio.wait_for(process.child.wait(), 60) == 0
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert (process.folder / "azure" / "state.json").exists()

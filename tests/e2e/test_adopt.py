"""A lost database is restored from the cloud's tags, and the owners can continue."""

import asyncio
import ssl
import sys

import pytest

from bot.sandbox.demo import DemoConfig, bot_environment
from tests.e2e.demo import ROOT, Demo
from tests.integration.machine.jupyter_server import Browser

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.timeout(400)]


class Site:
    """A notebook server by its address, with a self-signed certificate."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.ssl = ssl.create_default_context()
        self.ssl.check_hostname, self.ssl.verify_mode = False, ssl.CERT_NONE


async def adopt(demo: Demo) -> str:
    """Run `notebook-bot adopt` with the bot's own settings, and return its output."""
    config = DemoConfig.from_environment(demo.environ)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *"-m bot.cli.main adopt".split(),
        env=demo.environ | bot_environment(config),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode()


async def test_owners_can_continue_after_the_database_was_lost(tmp_path):
    async with Demo(tmp_path / "demo", speed=100) as demo:
        await demo.command("create ubuntu sales")
        before = await demo.hand_over("sales", seconds=200)
        await demo.kill_bot()
        for file in demo.folder.glob("bot.db*"):
            file.unlink()

        said = await adopt(demo)
        assert said.split("\t")[:4] == ["adopted", "sales", "U_ANA", "running"]
        assert "already has every server" in await adopt(demo)

        await demo.start_bot()
        assert f"sales: running {before.url}" in await demo.command("list")
        await demo.command("password sales")

        async def fresh():
            given = await demo.hand_over("sales")
            return given if given.password != before.password else None

        given = await demo.until(fresh)
        async with Browser(Site(given.url), {}) as browser:
            await browser.enter(given.password)
            assert (await browser.get("/api/kernels")).status == 200

"""An error at start is one sentence with exit code 2, and changes nothing."""

import asyncio
import os
import socket
import sys

import aiohttp
import pytest
from pydantic import SecretStr

from bot.config.settings import SlackSettings
from bot.process.lock import only_process
from bot.sandbox.demo import DemoConfig, bot_environment
from bot.sandbox.slack.app import LocalSlack
from bot.slack.app import build_client, identify
from migrations.schema import migrate
from provisioning.adapters.sql.database import create_database_engine
from provisioning.core.errors import UserError
from tests.certificates import SmallAuthority


async def begin(folder, environ=None, **settings: str) -> asyncio.subprocess.Process:
    """Begin `notebook-bot serve`."""
    settings = {f"NOTEBOOK_BOT_{name}": value for name, value in settings.items()}
    environ = os.environ | settings | {"PYTHONWARNINGS": "default"} | (environ or {})
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli.main", "serve", env=environ, cwd=folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


async def serve(folder, **settings: str) -> tuple[int, str]:
    """Run `notebook-bot serve` to its end."""
    process = await begin(folder, **settings)
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    return process.returncode, output.decode()


async def says(process: asyncio.subprocess.Process, words: bytes) -> None:
    """Wait for a line of the process with these words."""
    lines = [b""]
    while words not in lines[-1]:
        lines.append(await process.stdout.readline())
        assert lines[-1], b"".join(lines).decode()


@pytest.fixture
async def settings(tmp_path):
    """Settings of a bot with a running local Slack."""
    async with LocalSlack.running(tmp_path / "slack") as slack:
        config = DemoConfig(1, tmp_path, "process")
        given = bot_environment(config)
        mine = {name.removeprefix("NOTEBOOK_BOT_"): value for name, value in given.items()
                if name.startswith("NOTEBOOK_BOT_")}  # fmt: skip
        yield mine | {"SLACK__API_URL": f"{slack.url}/api/"}


async def test_a_wrong_bot_token_is_named(tmp_path, settings):
    code, output = await serve(tmp_path, **settings | {"SLACK__BOT_TOKEN": "xoxb-wrong"})
    assert code == 2
    assert "NOTEBOOK_BOT_SLACK__BOT_TOKEN" in output
    assert "xoxb-wrong" not in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    "host", ["127.0.0.1:9", pytest.param("slack.invalid", marks=pytest.mark.long)]
)
async def test_an_unreachable_slack_is_waited_for_until_the_bot_is_stopped(
    tmp_path, settings, host
):
    process = await begin(tmp_path, **settings | {"SLACK__API_URL": f"http://{host}/api/"})
    async with asyncio.timeout(60):
        await says(process, b"Slack does not answer")
        process.terminate()
        output, _ = await process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in output


@pytest.mark.long
async def test_a_bot_that_waits_for_slack_starts_when_slack_is_there(tmp_path, settings):
    authority = tmp_path / "authority.pem"
    authority.write_text(SmallAuthority().pem)
    faults = settings["SLACK__API_URL"].replace("/api/", "/sandbox/faults")
    async with aiohttp.ClientSession() as session:
        await session.post(faults, json={"drop": {"auth.test": {"count": 1000}}})
        process = await begin(tmp_path, **settings | {"AZURE__CA_FILE": str(authority)})
        async with asyncio.timeout(90):
            await says(process, b"the bot waits for Slack")
            await session.delete(faults)
            await says(process, b"ready")
            process.terminate()
            await process.communicate()
    assert process.returncode == 0


@pytest.mark.long
async def test_a_supervisor_hears_that_the_bot_serves_lives_and_stops(tmp_path, settings):
    authority = tmp_path / "authority.pem"
    authority.write_text(SmallAuthority().pem)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        name = f"notebook-bot-{tmp_path.name}"
        ear.bind(f"\0{name}")
        ear.settimeout(60)
        supervision = {"NOTIFY_SOCKET": f"@{name}", "WATCHDOG_USEC": "1000000"}
        process = await begin(tmp_path, **settings | {"AZURE__CA_FILE": str(authority)},
                              environ=supervision)  # fmt: skip
        heard = [await asyncio.to_thread(ear.recv, 200) for _ in range(3)]
        assert {b"READY=1\nSTATUS=serves", b"WATCHDOG=1"} == set(heard)
        process.terminate()
        while heard[-1] != b"STOPPING=1":
            heard.append(await asyncio.to_thread(ear.recv, 200))
        await process.communicate()


async def test_a_slack_that_does_not_answer_at_once_is_waited_for(settings):
    url = settings["SLACK__API_URL"]
    slack = SlackSettings(bot_token=SecretStr("xoxb-sandbox"), api_url=url)
    async with aiohttp.ClientSession() as session:
        faults = {"drop": {"auth.test": {"count": 2}}}
        await session.post(url.replace("/api/", "/sandbox/faults"), json=faults)
        identity = await identify(build_client(slack, session))
    assert identity.user_id == "U_BOT"


async def test_a_second_bot_on_the_same_database_is_refused(tmp_path, settings):
    url = f"sqlite+aiosqlite:///{tmp_path}/bot.db"
    with only_process(url):
        code, output = await serve(tmp_path, **settings | {"DATABASE_URL": url})
    assert code == 2
    assert "already serves" in output


async def test_a_database_of_a_newer_version_is_refused(tmp_path, settings):
    url = f"sqlite+aiosqlite:///{tmp_path}/bot.db"
    database = create_database_engine(url)
    await migrate(database)
    async with database.begin() as connection:
        await connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    await database.dispose()
    code, output = await serve(tmp_path, **settings | {"DATABASE_URL": url})
    assert code == 2
    assert "newer notebook-bot has used the database" in output


def test_the_lock_is_released_by_its_holder(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/bot.db"
    with only_process(url), pytest.raises(UserError, match="already serves"), only_process(url):
        pass
    with only_process(url):
        assert (tmp_path / "bot.db.lock").read_text() == str(os.getpid())

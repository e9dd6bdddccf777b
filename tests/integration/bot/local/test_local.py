"""The command line asks the running bot: same use cases, audit and errors."""

import asyncio
import json
import os
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.local.caller import NoBotError, ask_bot
from bot.local.door import open_door
from bot.local.operations import Operations
from provisioning.core.errors import UserError
from provisioning.core.model.activity import Activity
from provisioning.core.model.server import Status
from tests.fake_host import FakeHost
from tests.integration.handlers.world import world
from tests.unit.handlers.samples import RUNNING


@pytest.fixture
async def place(tmp_path):
    host = FakeHost()
    async with world(tmp_path, parts={"schedules": {}, "host": host}) as running:
        file = running.bot.settings.socket_file
        running.host = host
        running.ask = lambda operation, **words: ask_bot(file, operation, words)
        async with open_door(file, Operations(running.bot)):
            yield running


async def notebook_bot(place, *words):
    """Run the program as an admin does, beside the running bot."""
    folder = place.bot.settings.keys_dir.parent
    environ = {"NOTEBOOK_BOT_KEYS_DIR": str(folder / "keys")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli.main", *words),
        env=os.environ | environ, cwd=folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_a_server_is_created_for_its_owner_by_the_same_use_case(place):
    code, out, err = await notebook_bot(
        place, "server", "create", "ubuntu", "--owner", "U_ANA", "--name", "sales", "--json"
    )
    assert code == 0, err
    made = json.loads(out)
    assert (made["name"], made["owner"], made["status"]) == ("sales", "U_ANA", "creating")
    code, out, _ = await notebook_bot(place, "audit", "sales", "--json")
    assert [(e["actor"], e["action"]) for e in json.loads(out)] == [("U_ANA", "create")]
    everything = await place.ask("audit")
    assert ("command line", "create for U_ANA: ubuntu") in [
        (each["actor"], each["detail"]) for each in everything
    ]


async def test_an_admin_stops_starts_and_deletes_in_the_owners_place(place):
    await place.ask("create", platform="ubuntu", owner="U_ANA", name="sales")
    store = place.bot.edges.stores.servers
    server = await store.find("sales")
    await store.update(server.id, server.generation, status=Status.RUNNING)
    assert (await place.ask("stop", name="sales"))["status"] == "stopping"
    with pytest.raises(UserError, match="already stopping"):
        await place.ask("stop", name="sales")
    assert (await place.ask("delete", name="sales"))["status"] == "deleting"
    details = [each["detail"] for each in await place.ask("audit", name="sales")]
    assert "stop sales" in details
    assert "delete sales" in details


async def test_a_password_is_printed_only_when_asked_for_and_kept_nowhere(place):
    await place.ask("create", platform="ubuntu", owner="U_ANA", name="sales")
    store = place.bot.edges.stores.servers
    server = await store.find("sales")
    with pytest.raises(UserError, match="creating"):
        await place.ask("password", name="sales", print=True)
    running = replace(RUNNING, id=server.id)
    await store.update(server.id, server.generation, status=Status.RUNNING,
                       address=running.address)  # fmt: skip
    sent = await place.ask("password", name="sales")
    assert "password" not in sent
    printed = await place.ask("password", name="sales", print=True)
    assert place.host.planted == ["U_ANA"]
    database = place.bot.settings.keys_dir.parent / "bot.db"
    kept = b"".join(file.read_bytes() for file in database.parent.glob(f"{database.name}*"))
    assert printed["password"].encode() not in kept


async def test_a_preview_says_what_the_cleanup_would_do_and_does_nothing(place):
    running = await place.server("busy", status=Status.RUNNING)
    stopped = await place.server("old", status=Status.STOPPED)
    place.seen[running.id] = Activity(last_used=1.0, last_used_by="typed")
    long_ago = place.bot.edges.clock.now() - timedelta(days=365)
    await place.store.update(stopped.id, stopped.generation, stopped_at=long_ago)
    now = place.bot.edges.clock.now()
    await place.watches.take_due(now, now + timedelta(days=1))
    before = await place.watches.of([running.id, stopped.id])
    found = {each["name"]: each["action"] for each in await place.ask("preview")}
    assert found == {"busy": "keep", "old": "warn"}
    assert await place.watches.of([running.id, stopped.id]) == before
    assert place.work.asked == []


async def test_maintenance_is_begun_and_ended(place):
    assert (await place.ask("maintenance"))["since"] is None
    assert (await place.ask("maintenance", state="on"))["since"]
    with pytest.raises(UserError, match="maintenance"):
        await place.ask("create", platform="ubuntu", owner="U_ANA")
    assert (await place.ask("maintenance", state="off"))["since"] is None


async def test_usage_limits_and_lists_are_data(place):
    await place.ask("create", platform="ubuntu", owner="U_ANA", name="sales")
    assert [each["name"] for each in await place.ask("list")] == ["sales"]
    limits = await place.ask("limits")
    assert limits["members"]["U_ANA"]["used"]["servers"] == 1
    assert set(await place.ask("usage", days=3)) == {"total", "owners"}


@pytest.mark.parametrize(
    ("operation", "words", "said"),
    [
        ("show", {"name": "nothing"}, "There is no server 'nothing'"),
        ("create", {"platform": "beos", "owner": "U_ANA"}, "beos"),
        ("dance", {}, "no operation"),
    ],
)
async def test_a_refusal_is_one_sentence(place, operation, words, said):
    with pytest.raises(UserError, match=said):
        await place.ask(operation, **words)


async def test_only_the_bots_account_may_use_the_socket_and_a_second_bot_does_not_take_it(place):
    file = place.bot.settings.socket_file
    assert file.stat().st_mode & 0o777 == 0o600
    async with open_door(file, Operations(place.bot)):
        pass
    assert await place.ask("list") == []


async def test_without_a_bot_the_command_says_so_with_its_own_status(tmp_path):
    with pytest.raises(NoBotError, match="No bot answers"):
        await ask_bot(tmp_path / "none.socket", "list", {})
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.cli.main", "server", "list"), cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert (process.returncode, out) == (3, b"")
    assert b"No bot answers" in err
    assert b"Traceback" not in err


async def test_a_socket_file_that_a_crash_has_left_is_replaced(place, tmp_path):
    import socket

    left = tmp_path / "left.socket"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(f"/proc/self/fd/{os.open(tmp_path, os.O_RDONLY)}/left.socket")
    async with open_door(left, Operations(place.bot)):
        assert await ask_bot(left, "list", {}) == []

"""Another place, other keys or a damaged database: one sentence at start, and no change."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.doctor import diagnose
from bot.cli.installation import use_new_keys, use_new_place
from bot.config.settings import Settings
from bot.process.clock import SystemClock
from bot.serve import prepare
from bot.wiring.installation import installation_of
from provisioning.access.installation_keys import LOST, InstallationKeys
from provisioning.access.machine_access import Reach
from provisioning.adapters.azure.config import AzureConfig
from provisioning.adapters.sql.chat.posted_once import SqlPostedOnce
from provisioning.adapters.sql.health import opened_database
from provisioning.adapters.sql.servers import SqlServers
from provisioning.core.errors import PermanentError, UserError
from provisioning.core.model.events import Event
from provisioning.core.model.policy import MachineLayout
from provisioning.core.model.server import Status
from provisioning.members.refused_messages import RefusedMessages
from tests.databases import place_database
from tests.fakes import FakeClock
from tests.unit.handlers.samples import RUNNING

NO_AZURE = "https://127.0.0.1:9"
"""An address at which nothing answers, so that no test asks the real Azure."""


@pytest.fixture
async def settings(tmp_path, monkeypatch):
    """Settings of a bot that was started once and has a running server."""
    monkeypatch.chdir(tmp_path)
    url = await place_database(tmp_path)
    settings = Settings().model_copy(
        update={
            "database_url": url,
            "keys_dir": tmp_path / "keys",
            "azure": AzureConfig(
                subscription_id="sub-1",
                resource_group="notebook-bot",
                tenant_id="tenant-1",
                client_id="client-1",
                client_secret="client-secret",
                management_url=NO_AZURE,
                authority=NO_AZURE,
                prices_url=NO_AZURE,
            ),
        }
    )
    await prepare(settings)
    await add(settings, replace(RUNNING, id="s1", name="sales"))
    return settings


async def add(settings, server):
    async with opened_database(settings.database_url) as database:
        event = Event(FakeClock().now(), server.owner, "create", server.id, "accepted")
        await SqlServers(database).add_server(replace(server, request_key=server.id), event)


async def rows(settings):
    async with opened_database(settings.database_url) as database:
        return await SqlServers(database).list_servers()


def elsewhere(settings, **changes):
    return settings.model_copy(update={"azure": replace(settings.azure, **changes)})


async def test_the_same_place_and_keys_are_served_again(settings):
    await prepare(settings)
    await prepare(elsewhere(settings, resource_group="NOTEBOOK-BOT", subscription_id="SUB-1"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"resource_group": "typo"}, "NOTEBOOK_BOT_AZURE__RESOURCE_GROUP=notebook-bot"),
        ({"subscription_id": "sub-2"}, "NOTEBOOK_BOT_AZURE__SUBSCRIPTION_ID=sub-1"),
    ],
)
async def test_another_place_is_refused_while_servers_exist(settings, changes, words):
    with pytest.raises(UserError) as refusal:
        await prepare(elsewhere(settings, **changes))
    assert "1 server (sales) in resource group notebook-bot" in refusal.value.message
    assert words in refusal.value.message
    await prepare(settings)
    assert [each.status for each in await rows(settings)] == [Status.RUNNING]


async def test_another_installation_is_refused_while_servers_exist(settings):
    with pytest.raises(UserError, match="NOTEBOOK_BOT_INSTALLATION=default"):
        await prepare(settings.model_copy(update={"installation": "other"}))


async def test_another_place_is_taken_where_no_server_exists(settings):
    for server in await rows(settings):
        async with opened_database(settings.database_url) as database:
            await SqlServers(database).update(server.id, server.generation, status=Status.DELETED)
    await prepare(elsewhere(settings, resource_group="typo"))
    await add(settings, replace(RUNNING, id="s2", name="other"))
    with pytest.raises(UserError, match="in resource group typo"):
        await prepare(settings)


async def test_a_new_place_on_purpose_loses_no_row_and_the_way_back_is_the_same(settings):
    said, other = [], elsewhere(settings, resource_group="new")
    await use_new_place(other, said.append, yes=False)
    with pytest.raises(UserError):
        await prepare(other)
    await use_new_place(other, said.append, yes=True)
    await prepare(other)
    assert [(each.name, each.status) for each in await rows(other)] == [("sales", Status.MISSING)]
    assert "sales" in said[-2]
    with pytest.raises(UserError, match="new-place"):
        await prepare(settings)
    await use_new_place(settings, said.append, yes=True)
    await prepare(settings)


async def test_lost_keys_are_refused_and_no_new_ones_are_made(settings):
    moved = shutil.move(settings.keys_dir, f"{settings.keys_dir}.away")
    with pytest.raises(UserError, match=r"are missing. The database has 1 server \(sales\)"):
        await prepare(settings)
    assert not InstallationKeys(settings.keys_dir).exist
    shutil.move(moved, settings.keys_dir)
    await prepare(settings)


async def test_foreign_keys_are_refused(settings, tmp_path):
    other = InstallationKeys(tmp_path / "other")
    assert other.fingerprint
    with pytest.raises(UserError, match="are not those of its servers"):
        await prepare(settings.model_copy(update={"keys_dir": other.folder}))


async def test_a_database_of_before_is_recorded_at_its_first_start(settings):
    async with opened_database(settings.database_url) as database:
        async with database.begin() as connection:
            await connection.exec_driver_sql("delete from installation")
        missing = settings.model_copy(update={"keys_dir": settings.keys_dir.parent / "empty"})
        with pytest.raises(UserError, match="are missing"):
            await installation_of(missing, database).check()
    await prepare(settings)
    with pytest.raises(UserError, match="new-place"):
        await prepare(elsewhere(settings, resource_group="typo"))


async def test_new_keys_on_purpose_reach_no_earlier_server_and_accuse_none(settings):
    said = []
    shutil.rmtree(settings.keys_dir)
    await use_new_keys(settings, said.append, yes=False)
    assert not InstallationKeys(settings.keys_dir).exist
    await use_new_keys(settings, said.append, yes=True)
    await prepare(settings)
    (server,) = await rows(settings)
    assert server.host_key_generation == LOST
    reach = Reach(InstallationKeys(settings.keys_dir), MachineLayout())
    with pytest.raises(PermanentError, match="keys were replaced"):
        reach.access(server)


def broken(settings, content):
    with Path(settings.database_url.partition(":///")[2]).open("r+b") as file:
        content(file)


def no_database(file):
    file.truncate(0)
    file.write(b"this is a text and no database, and it is longer than a header" * 100)


def overwritten(file):
    file.seek(0, 2)
    for page in range(2, min(file.tell() // 4096, 60)):
        file.seek(page * 4096)
        file.write(b"\xa5" * 4096)


@pytest.mark.parametrize("content", [no_database, overwritten])
@pytest.mark.long
async def test_a_damaged_file_is_one_sentence_with_the_ways_out(settings, content):
    broken(settings, content)
    with pytest.raises(UserError) as refusal:
        await prepare(settings)
    assert "is damaged" in refusal.value.message
    assert "backup" in refusal.value.message
    assert "notebook-bot adopt" in refusal.value.message
    lines = []
    assert not await diagnose(settings, lines.append)
    assert any(line.startswith("broken   database") and "damaged" in line for line in lines)


async def test_a_missing_table_is_one_sentence(settings):
    async with opened_database(settings.database_url) as database, database.begin() as connection:
        await connection.exec_driver_sql("drop table watches")
    with pytest.raises(UserError, match="tables are missing: watches"):
        await prepare(settings)


async def test_doctor_compares_the_place_and_the_keys(settings):
    lines = []
    moved = elsewhere(settings, resource_group="typo")
    await diagnose(moved, lines.append, only=["database"])
    assert any(line.startswith("broken   database") and "typo" in line for line in lines)


async def test_doctor_says_that_slack_refuses_all_direct_messages(settings):
    async with opened_database(settings.database_url) as database:
        await RefusedMessages(SqlPostedOnce(database), SystemClock()).refused()
    lines = []
    await diagnose(settings, lines.append, only=["messages"])
    assert any(line.startswith("broken   messages") and "Messages tab" in line for line in lines)


async def test_a_postgresql_that_does_not_answer_is_named_without_its_password(settings):
    url = "postgresql+psycopg://bot:hidden-word@127.0.0.1:9/notebooks"
    with pytest.raises(UserError) as refusal:
        await prepare(settings.model_copy(update={"database_url": url}))
    assert "127.0.0.1:9 can't be reached" in refusal.value.message
    assert "hidden-word" not in refusal.value.message


async def test_a_postgresql_without_the_database_or_the_user_is_named(settings, postgres):
    url = postgres.url("nowhere")
    with pytest.raises(UserError, match="has no database nowhere"):
        await prepare(settings.model_copy(update={"database_url": url}))
    other = postgres.url("postgres").replace("//postgres@", "//nobody@")
    with pytest.raises(UserError, match="refuses the user nobody"):
        await prepare(settings.model_copy(update={"database_url": other}))

"""Thirty broken surroundings: the doctor names each in one line with its remedy."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date

import aiohttp
import pytest
from pydantic import SecretStr

from bot.cli.doctor import diagnose
from bot.config.sections import BackupSettings, TlsSettings
from bot.config.settings import ALL_MEMBERS, AzureSettings, LimitSettings, Settings, SlackSettings
from bot.sandbox.azure.app import CLIENT, SECRET, SUBSCRIPTION, TENANT, LocalAzure
from bot.sandbox.slack.app import LocalSlack
from bot.serve import prepare
from tests.paper_machines import PaperMachines

NOBODY = "00000000-0000-0000-0000-0000000000ff"


class Place:
    """An installation whose surroundings are well, until a test breaks one."""

    def __init__(self, folder, slack, azure):
        self.folder, self.slack, self.azure = folder, slack, azure
        (folder / "backups").mkdir()
        self.settings = Settings.model_validate(
            {
                "slack": SlackSettings(
                    bot_token=SecretStr("xoxb-sandbox"),
                    app_token=SecretStr("xapp-sandbox"),
                    api_url=f"{slack.url}/api/",
                    allowed_groups=("S_DATA",),
                    admins=("U_EVE",),
                    admin_channel="C_GENERAL",
                ),
                "azure": AzureSettings(
                    tenant_id=TENANT,
                    client_id=CLIENT,
                    client_secret=SECRET,
                    client_secret_ends=date(2099, 1, 1),
                    subscription_id=SUBSCRIPTION,
                    management_url=azure.url,
                    authority=azure.url,
                    prices_url=f"{azure.url}/api/retail/prices",
                    ca_file=azure.ca_file,
                    poll_seconds=0.02,
                ),
                "database_url": f"sqlite+aiosqlite:///{folder}/bot.db",
                "keys_dir": folder / "keys",
                "cache_dir": folder / "cache",
                "backup": BackupSettings(folder=folder / "backups"),
            }
        )

    def slack_is(self, **changes):
        slack = self.settings.slack.model_copy(update=changes)
        self.settings = self.settings.model_copy(update={"slack": slack})

    def azure_is(self, **changes):
        azure = replace(self.settings.azure, **changes)
        self.settings = self.settings.model_copy(update={"azure": azure})

    def is_set(self, **changes):
        self.settings = self.settings.model_copy(update=changes)

    def slack_fault(self, **fault):
        self.slack.faults.set(fault)

    def azure_fault(self, operation, kind, **more):
        self.azure.azure.faults.set({"operation": operation, "kind": kind, "count": 1000, **more})

    async def findings(self, *only: str) -> list[str]:
        """The lines of these checks, or of all, that are not ok."""
        lines = []
        await diagnose(self.settings, lines.append, only=only)
        assert all("Traceback" not in line and "\n" not in line for line in lines)
        return [line for line in lines if not line.startswith("ok ")]


@pytest.fixture
async def place(tmp_path):
    machines = PaperMachines()
    async with (
        LocalSlack.running(tmp_path / "slack") as slack,
        LocalAzure.running(tmp_path / "azure", machines=machines, speed=1000, seed=1) as azure,
    ):
        place = Place(tmp_path, slack, azure)
        await prepare(place.settings)
        yield place


def damage(place):
    with closing(sqlite3.connect(place.folder / "bot.db")) as database:
        database.execute("pragma wal_checkpoint(truncate)")
    file = place.folder / "bot.db"
    content = bytearray(file.read_bytes())
    content[8192:16384] = b"\xff" * 8192
    file.write_bytes(content)


def older(place, version="0001"):
    with closing(sqlite3.connect(place.folder / "bot.db")) as database, database:
        database.execute("update alembic_version set version_num = ?", (version,))


BROKEN = [
    (lambda p: p.slack_is(bot_token=SecretStr("xoxb-wrong")), "broken", "Slack", "BOT_TOKEN"),
    (lambda p: p.slack_is(app_token=SecretStr("xapp-wrong")), "broken", "deliveries", "APP_TOKEN"),
    (lambda p: p.slack_is(app_token=SecretStr("")), "broken", "deliveries", "APP_TOKEN"),
    (lambda p: p.slack_is(mode="http"), "broken", "deliveries", "SIGNING_SECRET"),
    (lambda p: p.slack_fault(scopes="chat:write"), "broken", "Slack", "lacks the scopes channels"),
    (lambda p: p.slack_is(allowed_groups=("S_GONE",)), "broken", "members", "S_GONE"),
    (lambda p: p.slack_is(admin_groups=("S_GONE",)), "broken", "members", "ADMIN_GROUPS"),
    (lambda p: p.slack_is(admins=("U_NOBODY",)), "broken", "members", "U_NOBODY"),
    (lambda p: p.slack_is(admins=()), "warning", "members", "no admin"),
    (lambda p: p.slack_is(approvers=("U_BOT",)), "broken", "members", "is a bot"),
    (lambda p: p.slack.workspace.deactivated.add("U_EVE"), "warning", "members", "deactivated"),
    (lambda p: p.slack.workspace.group.clear(), "warning", "members", "has no members"),
    (lambda p: p.slack_is(allowed_groups=()), "broken", "members", "who may use the bot"),
    (lambda p: p.slack_is(admin_channel="C_GONE"), "broken", "channels", "channel_not_found"),
    (
        lambda p: p.slack_fault(fail={"conversations.history": {"error": "not_in_channel"}}),
        "broken", "channels", "/invite",
    ),
    (lambda p: p.azure_is(client_secret="wrong"), "broken", "Azure", "CLIENT_SECRET"),
    (lambda p: p.azure_is(subscription_id=NOBODY), "broken", "Azure", "SUBSCRIPTION_ID"),
    (lambda p: p.azure_is(tenant_id=NOBODY), "broken", "Azure", "TENANT_ID"),
    (lambda p: p.azure_is(resource_group="another"), "broken", "Azure", "resourcegroups/another"),
    (lambda p: p.azure_is(resource_group="another"), "broken", "rights", "to start machines"),
    (lambda p: p.azure_is(region="atlantis"), "broken", "sizes", "atlantis"),
    (lambda p: p.azure_is(client_secret_ends=date(2020, 1, 1)), "broken", "secret", "ended"),
    (lambda p: p.azure_is(client_secret_ends=None), "warning", "secret", "SECRET_ENDS"),
    (lambda p: p.is_set(allowed_sizes=("Standard_X1",)), "broken", "sizes", "none of the sizes"),
    (
        lambda p: p.azure_fault("usages.get", "answer", status=403, code="AuthorizationFailed"),
        "broken", "quotas", "role",
    ),
    (
        lambda p: p.is_set(limits=LimitSettings(servers=200)),
        "warning", "quotas", "200 servers of Standard_B2s",
    ),
    (lambda p: p.azure_is(prices_url=f"{p.azure.url}/nowhere"), "warning", "cost", "PRICES_URL"),
    (damage, "broken", "database", "damaged"),
    (older, "warning", "database", "this bot needs"),
    (lambda p: older(p, "9999"), "broken", "database", "newer notebook-bot"),
    (lambda p: (p.folder / "bot.db").unlink(), "warning", "database", "no database"),
    (lambda p: p.is_set(keys_dir=p.folder / "none"), "warning", "keys", "no keys"),
    (lambda p: (p.folder / "keys").chmod(0o755), "warning", "keys", "chmod"),
    (
        lambda p: p.is_set(backup=BackupSettings(folder=p.folder / "gone")),
        "broken", "backups", "BACKUP__FOLDER",
    ),
    (lambda p: p.is_set(backup=BackupSettings()), "warning", "backups", "No backups"),
    (
        lambda p: p.is_set(tls=TlsSettings(mode="acme", domain="x.example",
                                           acme_directory="http://127.0.0.1:9/")),
        "broken", "certificates", "does not answer",
    ),
    (
        lambda p: p.is_set(tls=TlsSettings(mode="organisation", domain="x.example")),
        "broken", "certificates", "CERTIFICATE_FILE",
    ),
    (
        lambda p: p.is_set(metrics_port=int(p.slack.url.rpartition(":")[2])),
        "broken", "ports", "METRICS_PORT",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("break_it", "grade", "check", "words"), BROKEN, ids=[f"{c}: {w}" for _, _, c, w in BROKEN]
)
async def test_what_is_broken_is_one_line_with_its_remedy(place, break_it, grade, check, words):
    break_it(place)
    found = [
        line for line in await place.findings(check) if line.startswith(f"{grade:<8} {check}:")
    ]
    assert any(words in line for line in found), found


async def test_a_system_without_security_updates_is_a_warning(place):
    found = await place.findings("releases")
    assert any("openSUSE Leap 15.6 has had no security updates" in line for line in found), found
    assert not any("broken" in line for line in await place.findings("images"))


async def test_nothing_broken_is_found_where_nothing_is_broken(place):
    assert [line for line in await place.findings() if line.startswith("broken")] == []


async def test_the_doctor_changes_nothing(place):
    place.is_set(
        database_url=f"sqlite+aiosqlite:///{place.folder}/other.db",
        keys_dir=place.folder / "other-keys",
        cache_dir=place.folder / "other-cache",
    )
    before = sorted(each.name for each in place.folder.iterdir())
    await place.findings()
    assert sorted(each.name for each in place.folder.iterdir()) == before
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{place.azure.url}/sandbox/traffic", ssl=False) as answer,
    ):
        methods = {each["method"] for each in (await answer.json())["entries"]
                   if "/subscriptions/" in each["path"]}  # fmt: skip
    assert methods == {"GET"}


async def test_everybody_is_said_and_counts_one_more_server(place):
    place.slack_is(allowed_users=(ALL_MEMBERS,), allowed_groups=())
    lines = []
    await diagnose(place.settings, lines.append, only=["members"])
    assert any("All members of the workspace may use the bot" in line for line in lines)

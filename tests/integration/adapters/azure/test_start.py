"""A bot that starts while Azure refuses it or is silent answers, and goes on by itself later."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts, Patience
from provisioning.core.errors import UserError
from provisioning.core.model.server import Status
from tests.fakes import FakeClock
from tests.integration.handlers.world import until, world

OFTEN = 10**6


@asynccontextmanager
async def starting(folder, config, **changes):
    """A bot before its start, and its clock, which the test moves."""
    mine = open_cloud(replace(config, **changes), "test", OpenPorts(), patience=Patience())
    parts = {"cloud": mine, "clock": FakeClock(), "schedules": {}}
    async with world(folder / "bot", False, parts, admins=("U_EVE", "U_BOB")) as place:
        place.clock = parts["clock"]
        yield place


async def told(place, user="U_EVE"):
    return [each["text"] for each in await place.dms(user)]


async def is_told(place, count):
    async def enough():
        return len(await told(place)) == count and len(await told(place, "U_BOB")) == count

    await until(enough)
    return (await told(place))[-1]


async def disable(azure):
    await azure.set_subscription("Disabled")


async def let_secret_expire(azure):
    await azure.set_secret(expired=True)


async def withhold_role(azure):
    """A role that an admin has just assigned takes minutes to hold everywhere."""
    await azure.fault("*", "AuthorizationFailed", count=OFTEN)


async def hide_subscription(azure):
    await azure.fault("*", "answer", status=404, code="SubscriptionNotFound", count=OFTEN)


async def mend(azure):
    await azure.clear_faults()
    await azure.set_secret(expired=False)
    await azure.set_subscription("Enabled")


@pytest.mark.parametrize(
    ("go_wrong", "code", "remedy"),
    [
        (disable, "ReadOnlyDisabledSubscription", "NOTEBOOK_BOT_AZURE__SUBSCRIPTION_ID"),
        (let_secret_expire, "SecretExpired", "NOTEBOOK_BOT_AZURE__CLIENT_SECRET"),
        (withhold_role, "AuthorizationFailed", "docs/azure-role.json"),
        (hide_subscription, "SubscriptionNotFound", "NOTEBOOK_BOT_AZURE__SUBSCRIPTION_ID"),
    ],
)
async def test_a_refusal_at_start_is_told_once_and_work_begins_when_it_is_mended(
    tmp_path, config, azure, go_wrong, code, remedy
):
    await go_wrong(azure)
    async with starting(tmp_path, config) as place:
        await place.start_bot()
        assert "have no servers" in await place.type("list")
        begun = await is_told(place, 1)
        assert f"(`{code}`)" in begun
        assert remedy in begun

        await mend(azure)
        assert "is over" in await is_told(place, 2)
        await place.type("create ubuntu sales")
        assert await until(partial(place.store.find, "sales"))


async def test_a_member_reads_what_a_refusal_at_start_means_for_a_creation(tmp_path, config, azure):
    await withhold_role(azure)
    async with starting(tmp_path, config) as place:
        await place.start_bot()
        answer = await place.type("create ubuntu")
        assert "has no right" in answer
        assert "Ask an admin" in answer
        assert "docs/azure-role.json" not in answer, "only an admin can use the remedy"
        assert place.work.asked == []


@pytest.mark.long
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "answer", "status": 503, "code": "ServiceUnavailable"},
        {"kind": "answer", "status": 429, "code": "TooManyRequests"},
    ],
    ids=["5xx", "throttled"],
)
async def test_a_silent_azure_keeps_no_bot_from_starting(tmp_path, config, azure, fault):
    await azure.fault("*", count=OFTEN, **fault)
    async with starting(tmp_path, config) as place:
        await place.start_bot()
        assert "have no servers" in await place.type("list")
        assert await told(place) == []
        place.clock.time += timedelta(minutes=5)
        assert "has not answered" in await is_told(place, 1)
        await mend(azure)
        assert "answers again" in await is_told(place, 2)


@pytest.mark.long
@pytest.mark.parametrize("name", ["https://127.0.0.1:{port}", "https://azure.invalid"])
async def test_neither_a_network_that_is_down_nor_an_unknown_name_ends_a_start(
    tmp_path, config, unused_tcp_port, name
):
    down = name.format(port=unused_tcp_port)
    async with starting(tmp_path, config, management_url=down, authority=down) as place:
        await place.start_bot()
        assert "have no servers" in await place.type("list")


async def test_a_wrong_clock_does_not_end_a_start_and_the_remedy_names_it(tmp_path, config):
    """A computer whose clock is wrong trusts no certificate; here it knows no authority."""
    async with starting(tmp_path, config, ca_file=None) as place:
        await place.start_bot()
        begun = await is_told(place, 1)
        assert "NOTEBOOK_BOT_AZURE__CA_FILE" in begun
        assert "clock" in begun


async def test_a_start_makes_no_group_that_azure_hides_while_servers_are_in_it(
    tmp_path, config, azure
):
    async with starting(tmp_path, config) as place:
        await place.build_bot()
        await place.server("sales", status=Status.RUNNING)
        check = place.bot.cases.admin.cloud_check
        assert not await check.passes()
        begun = await is_told(place, 1)
        assert "(`ResourceGroupNotFound`)" in begun
        assert "az group create" in begun
        assert [r for r in await azure.requests() if (r.method, r.name) == ("PUT", "group")] == []


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"subscription_id": ""}, "SUBSCRIPTION_ID"),
        ({"client_id": ""}, "CLIENT_ID"),
        ({"tenant_id": "not/a/tenant"}, "TENANT_ID"),
    ],
)
async def test_a_setting_that_is_wrong_in_itself_ends_the_start(
    tmp_path, config, changes, variable
):
    async with starting(tmp_path, config, **changes) as place:
        with pytest.raises(UserError, match=f"NOTEBOOK_BOT_AZURE__{variable}"):
            await place.start_bot()

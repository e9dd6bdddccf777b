"""What only an admin can mend, for an hour: a bot in a local Slack before the local Azure."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts, Patience
from provisioning.admin.troubles.refusals import CHECK_AT_START, Refusals
from provisioning.core.errors import PermanentError
from provisioning.core.language import N_
from provisioning.core.model.events import ENGINE, Event
from tests.fakes import FakeClock
from tests.integration.handlers.world import world

MINUTES = timedelta(minutes=10)
OFTEN = 10**6


@pytest.fixture
async def place(tmp_path, config, cloud):
    mine = open_cloud(config, "test", OpenPorts(), patience=Patience(delete=0.3))
    clock = FakeClock()
    parts = {"cloud": mine, "clock": clock, "schedules": {}}
    async with world(tmp_path / "bot", parts=parts, admins=("U_EVE", "U_BOB")) as running:
        running.clock, running.azure_cloud = clock, mine
        yield running


async def compare(place):
    """Compare with Azure as the schedule does."""
    cases = place.bot.cases.admin
    tick = cases.refusals.watching("reconcile", cases.reconcile.tick)
    await tick(place.clock.now())
    place.clock.time += MINUTES


async def network_refused(place, server):
    """Let a server's workflow fail as it asks Azure for a change, if Azure refuses it."""
    try:
        await place.azure_cloud.network.ensure_address(server)
    except PermanentError as error:
        reason = N_("{reason} {remedy}", reason=error.reason, remedy=error.remedy)
        await place.bot.edges.alerts.needs_admin(error.code, server, reason)


async def told(place):
    """What an admin has read; Bob, who reads Korean, has as many messages."""
    mine = [each["text"] for each in await place.dms("U_EVE")]
    assert len(await place.dms("U_BOB")) == len(mine)
    return mine


async def lose_role(azure):
    await azure.fault("*", "AuthorizationFailed", count=OFTEN)


async def let_secret_expire(azure):
    await azure.set_secret(expired=True)
    await azure.fault("*", "answer", status=401, code="ExpiredAuthenticationToken", count=OFTEN)


async def disable(azure):
    await azure.set_subscription("Disabled")


async def mend(azure):
    await azure.clear_faults()
    await azure.set_secret(expired=False)
    await azure.set_subscription("Enabled")


@pytest.mark.parametrize(
    ("go_wrong", "code"),
    [
        (lose_role, "AuthorizationFailed"),
        (let_secret_expire, "SecretExpired"),
        (disable, "ReadOnlyDisabledSubscription"),
    ],
)
async def test_an_hour_of_refusals_is_told_to_each_admin_at_its_begin_and_its_end(
    place, azure, go_wrong, code
):
    servers = [await place.server(each) for each in ("sales", "late")]
    await go_wrong(azure)
    for _ in range(6):
        for server in servers:
            await network_refused(place, server)
        await compare(place)
    (begun,) = await told(place)
    assert f"(`{code}`)" in begun
    assert "members may not be able to create" in begun

    await mend(azure)
    await network_refused(place, servers[0])
    ready = Event(place.clock.now(), ENGINE, "ready", servers[0].id, "ok", "sales")
    await place.stores.audit.record(ready)
    for _ in range(8):
        await compare(place)
    assert len(await told(place)) == 2
    assert "It is over" in (await told(place))[-1]


async def test_a_policy_is_over_after_a_day_without_a_refusal(place):
    server = await place.server("sales")
    for _ in range(2):
        await place.bot.edges.alerts.needs_admin("RequestDisallowedByPolicy", server, "No.")
    place.clock.time += timedelta(hours=20)
    await compare(place)
    assert len(await told(place)) == 1
    place.clock.time += timedelta(hours=5)
    await compare(place)
    assert len(await told(place)) == 2


async def test_work_that_is_refused_is_told_once_and_when_it_is_done_again(place):
    refusals, errors = place.bot.cases.admin.refusals, [PermanentError("It is locked.")] * 3

    async def tick(_at):
        if errors:
            raise errors.pop()

    run = refusals.watching("copies", tick)
    for _ in range(5):
        await run(place.clock.now())
    begun, over = await told(place)
    assert "`copies` is refused" in begun
    assert "It is locked." in begun
    assert "`copies` is done again" in over


@pytest.mark.long
async def test_two_comparisons_without_an_answer_are_told_and_one_is_not(place, azure):
    await azure.fault("*", "answer", status=503, code="ServiceUnavailable", count=OFTEN)
    await compare(place)
    assert await told(place) == []
    await compare(place)
    (begun,) = await told(place)
    assert "Azure has not answered me for some minutes" in begun

    await mend(azure)
    for _ in range(3):
        await compare(place)
    assert (await told(place))[1:] == [":white_check_mark: Azure answers again."]
    await azure.fault("*", "answer", status=503, code="ServiceUnavailable", count=OFTEN)
    await compare(place)
    assert len(await told(place)) == 2


async def test_a_comparison_does_not_end_what_refuses_the_check_at_start(place):
    refusals = place.bot.cases.admin.refusals
    await refusals.seen("AuthorizationFailed", "No right.", by=CHECK_AT_START)
    place.clock.time += MINUTES
    await compare(place)
    assert len(await told(place)) == 1
    await place.bot.cases.admin.cloud_check.passes()
    assert len(await told(place)) == 2


async def test_regular_work_that_succeeds_asks_the_database_once_in_some_minutes(place):
    asked = []
    engine = place.stores.database.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *each: asked.append(each[2]))

    async def tick(_at):
        pass

    run = place.bot.cases.admin.refusals.watching("copies", tick)
    for _ in range(9):
        await run(place.clock.now())
        place.clock.time += timedelta(minutes=1)
    assert len([each for each in asked if "tellings" in each]) == 1


async def test_work_that_another_process_saw_refused_is_over_when_this_one_does_it(place):
    refusals, errors = place.bot.cases.admin.refusals, []

    async def tick(_at):
        if errors:
            raise errors.pop()

    mine = refusals.watching("copies", tick)
    others = Refusals(refusals.troubles, refusals.audit, place.clock).watching("copies", tick)
    await mine(place.clock.now())
    errors.append(PermanentError("It is locked."))
    await others(place.clock.now())
    for _ in range(2):
        await mine(place.clock.now())
        place.clock.time += MINUTES
    assert "is done again" in (await told(place))[-1]


async def test_admin_sweep_says_that_azure_refuses_and_why(place, azure):
    await lose_role(azure)
    answer = await place.type("admin sweep", user="U_EVE")
    assert "Azure refuses my work, so nothing was compared" in answer
    assert "docs/azure-role.json" in answer


@pytest.mark.parametrize("command", ["admin orphans", "admin adopt", "admin quota"])
async def test_an_admin_reads_the_remedy_in_the_answer_that_azure_refused(place, azure, command):
    await lose_role(azure)
    answer = await place.type(command, user="U_EVE")
    assert "has no right" in answer
    assert "docs/azure-role.json" in answer


async def test_an_admin_whose_message_slack_refused_is_notified_at_the_next_sighting(place):
    refusals = place.bot.cases.admin.refusals
    await place.faults(fail={"chat.postMessage": {"error": "internal_error", "count": 1}})
    assert not await refusals.seen("SecretExpired", "It expired.")
    for _ in range(2):
        assert await refusals.seen("SecretExpired", "It expired.")
    assert len(await told(place)) == 1

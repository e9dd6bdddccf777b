"""`/notebook ...` over Socket Mode: answered within Slack's 3 seconds, once, and clearly."""

import asyncio
import re

import pytest
from structlog.testing import capture_logs

from bot.sandbox.slack.delivery import DEADLINE_SECONDS as SLACKS_DEADLINE
from handlers.kit.answer_in_time import ANSWER_BUDGET_SECONDS
from provisioning.core.model.server import Status
from tests.integration.handlers.world import until, world


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", "server_create"),
        ("help", "`start`, `stop`"),
        ("help make", "/notebook delete &lt;name&gt;"),
        ("help admin", "is for admins of this bot"),
        ("admin", "is for admins of this bot"),
        ("create --help", "--size Standard_B2ms"),
        ("help create", "--size Standard_B2ms"),
        ("frobnicate", "I understand `create`"),
        ("craete ubuntu", "Did you mean `create`"),
        ("create", "needs a platform (`opensuse`, `ubuntu`, `windows`)"),
        ("create ubunut", "Did you mean `ubuntu`"),
        ("create <b>", "platform `&lt;b&gt;`"),
        ("create <!channel>", "&lt;!channel&gt;"),
        ("create ubuntu x", "3 to 30 characters"),
        ("create ubuntu " + "x" * 31, "3 to 30 characters"),
        ("create ubuntu 1abc", "starts with a letter"),
        ("create ubuntu 'my server'", "starts with a letter"),
        ("create ubuntu help", "is a command word"),
        ("create ubuntu sales --size Huge", "not a size that I offer"),
        ("create ubuntu sales --size", "needs a value"),
        ("create ubuntu 'sales", "not closed"),
        ("status nowhere", "no server named `nowhere`"),
        ("password nowhere", "no server named `nowhere`"),
        ("delete nowhere", "no server named `nowhere`"),
        ("😀", "I don't know `😀`"),
        ("x" * 10_000, "10,000 characters"),
    ],
)
async def test_bad_input_gets_a_clear_answer_and_creates_nothing(place, text, answer):
    assert answer in await place.type(text)
    assert await place.store.list_servers() == []


async def test_create_restates_what_was_understood_and_begins(place):
    answer = await place.type("create ubuntu sales")
    for word in ("sales", "Ubuntu", "Standard_B2s", "$0.0416", "DM"):
        assert word in answer
    (server,) = await place.store.list_servers("U_ANA")
    assert (server.name, place.work.asked) == ("sales", [("create", server.id)])


async def test_a_name_that_is_taken_is_refused(place):
    await place.server("sales", owner="U_BOB")
    assert "already" in await place.type("create ubuntu sales")


async def test_answers_are_for_the_person_alone(place):
    await place.type("help")
    assert await place.messages("U_BOB") == []


async def test_people_outside_the_group_are_refused_with_the_name_of_an_admin(place):
    answer = await place.type("create ubuntu", user="U_MAL")
    assert "<@U_EVE>" in answer
    assert await place.store.list_servers() == []


async def test_admins_need_no_group(place):
    assert "no servers" in await place.type("list", user="U_EVE")


async def test_another_persons_server_is_answered_as_if_it_did_not_exist(place):
    await place.server("sales", owner="U_BOB", status=Status.RUNNING)
    for command in ("status", "password", "delete"):
        assert "no server named `sales`" in await place.type(f"{command} sales")
    assert "sales" not in await place.type("list")


async def test_list_and_status_show_the_server(place):
    server = await place.server("sales", status=Status.RUNNING)
    for command in ("list", "status sales"):
        assert server.url in await place.type(command)


@pytest.mark.parametrize(
    ("word", "status", "answer"),
    [
        ("stop", Status.RUNNING, "stopping"),
        ("start", Status.STOPPED, "starting"),
        ("restart", Status.RUNNING, "restarting"),
    ],
)
async def test_a_server_is_stopped_started_and_restarted_by_its_name(place, word, status, answer):
    server = await place.server("sales", status=status)
    assert f"I'm {answer} `sales`" in await place.type(f"{word} sales")
    assert place.work.asked == [(word, server.id)]
    assert "already" in await place.type(f"{word} sales")
    assert len(place.work.asked) == 1


async def test_a_password_for_a_server_that_is_not_ready_is_refused(place):
    await place.server("sales", status=Status.CREATING)
    assert "as soon as the server is ready" in await place.type("password sales")
    assert place.work.asked == []


async def test_a_duplicated_envelope_makes_one_server(place):
    await place.faults(duplicate_envelopes=1)
    await place.type("create ubuntu")
    await place.tasks.drain(60)
    assert len(await place.store.list_servers()) == 1
    assert len(place.work.asked) == 1


async def test_a_duplicated_envelope_resets_a_password_once(place):
    server = await place.server("sales", status=Status.RUNNING)
    await place.faults(duplicate_envelopes=1)
    assert "on its way" in await place.type("password sales")
    await place.tasks.drain(60)
    assert place.work.asked == [("password", server.id)]


@pytest.fixture
async def hasty(tmp_path):
    """A world in which an answer is late after a moment."""
    async with world(tmp_path, parts={"answer_seconds": 0.1}) as running:
        yield running


async def test_a_slow_answer_comes_later_through_the_response_url(hasty):
    hasty.cloud.gate.clear()
    first = await hasty.type_raw("create ubuntu sales")
    assert not first["ack"], "Slack could not take a text back"
    assert 100 <= first["ack_ms"] < SLACKS_DEADLINE * 1000
    hasty.cloud.gate.set()

    async def answered():
        return [each for each in await hasty.ephemerals() if "Standard_B2s" in str(each)]

    assert len(await until(answered)) == 1


async def test_a_slow_answer_comes_by_dm_when_the_response_url_has_expired(hasty):
    hasty.cloud.gate.clear()
    await hasty.type("create ubuntu sales")
    await hasty.faults(response_url_expired=True)
    hasty.cloud.gate.set()

    async def told():
        return [each for each in await hasty.dms() if "Standard_B2s" in each["text"]]

    assert len(await until(told)) == 1


async def test_an_unexpected_error_has_a_reference_that_is_also_in_the_log(place):
    place.work.broken = RuntimeError("the queue is on fire")
    with capture_logs() as logs:
        answer = await place.type("create ubuntu")
    reference = re.search(r"reference `([0-9a-f]{8})`", answer).group(1)
    (line,) = [each for each in logs if each.get("reference") == reference]
    assert "on fire" in str(line["exc_info"])
    assert "on fire" not in answer


async def test_twenty_commands_at_once_are_all_answered(place):
    answers = await asyncio.gather(*(place.type("list") for _ in range(20)))
    assert all("no servers" in answer for answer in answers)
    assert len(await place.calls("usergroups.users.list")) == 1


async def test_an_outage_of_the_groups_is_named_as_the_cause(place):
    await place.faults(fail={"usergroups.users.list": {"error": "internal_error", "count": 9}})
    assert "can't check now" in await place.type("list")


def test_an_answer_is_called_late_well_before_slack_calls_it_lost():
    assert ANSWER_BUDGET_SECONDS + 1 < SLACKS_DEADLINE

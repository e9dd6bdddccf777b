"""A server's logs in Slack, visible only to its owner, within Slack's limits."""

from handlers.kit import action_ids
from provisioning.core.errors import NotYet
from provisioning.core.model.machine import MachineLogs
from provisioning.core.model.server import Status
from tests.integration.handlers.world import until


async def running(place):
    server = await place.server("sales", status=Status.RUNNING)
    return await place.store.update(server.id, server.generation, address="127.0.0.1")


async def test_the_owner_reads_the_last_lines_of_both_logs(place):
    await running(place)
    place.host.written = MachineLogs(("packages done", "a < b"), ("Serving notebooks",))
    answer = await place.type("logs sales")
    for words in ("packages done", "a &lt; b", "Serving notebooks", "ephemeral"):
        assert words in answer


async def test_long_logs_are_cut_at_their_beginning(place):
    await running(place)
    lines = tuple(f"line {number} " + "&" * 200 for number in range(40))
    place.host.written = MachineLogs(lines, ())
    answer = await place.type("logs sales")
    assert "line 39" in answer
    assert "line 1 " not in answer
    assert "no output since" in answer


async def test_the_button_shows_the_same_logs(place):
    await running(place)
    place.host.written = MachineLogs((), ("Serving notebooks",))
    await place.type("status sales")
    await place.click((await place.ephemerals())[-1], action_ids.ALL_BUTTON)

    async def opened():
        return action_ids.LOGS_BUTTON in str(await place.modal())

    await until(opened)
    body = {"user": "U_ANA", "view": True, "action_id": action_ids.LOGS_BUTTON}
    await place._call("POST", "actions", json=body)

    async def shown():
        return "Serving notebooks" in str(await place.modal())

    await until(shown)


async def test_only_the_owner_reads_the_logs(place):
    await running(place)
    await place.type("share sales @bob")
    place.host.written = MachineLogs((), ("Serving notebooks",))
    assert "소유자에게 요청하세요: 로그 보기" in await place.type("logs sales", "U_BOB")
    assert "no server named" in await place.type("logs sales", "U_EVE")


async def test_the_answer_says_when_a_machine_is_stopped_or_silent(place):
    server = await running(place)
    place.host.failures["logs"] = [NotYet("SSH does not answer")]
    assert "SSH does not answer" in await place.type("logs sales")
    await place.store.update(server.id, server.generation, status=Status.STOPPED)
    assert "is running" in await place.type("logs sales")

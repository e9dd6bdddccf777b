"""Usage in the local Slack: the answer, the chart in the DM, the admins' files."""

import io
from datetime import UTC, datetime, timedelta

from PIL import Image

from provisioning.core.model.events import Event
from provisioning.core.model.server import Status


async def a_stopped_server(place, name="sales", owner="U_ANA", hours=3):
    """Return a server that ran for `hours` until now."""
    server = await place.server(name, owner=owner)
    now = datetime.now(UTC)
    created = now - timedelta(hours=hours)
    await place.backdate(server, created)
    event = Event(now, "engine", "stopped", server.id, "ok")
    await place.store.update(
        server.id, server.generation, event, status=Status.STOPPED, created_at=created
    )
    return server


async def test_a_member_reads_hours_and_cost_and_gets_the_chart_by_dm(place):
    await a_stopped_server(place)
    answer = await place.type("usage")
    assert "3.0 h" in answer
    assert "$0.13" in answer  # three hours at $0.0416, and of a disk at $2.40 a month
    assert "of their disks, which cost while a server is stopped too: $0.01" in answer
    message, content = await place.file("usage.png")
    assert "3.0 h on, $0.13" in message["text"]
    picture = Image.open(io.BytesIO(content))
    assert (picture.format, picture.width) == ("PNG", 1200)


async def test_a_member_without_servers_gets_no_chart(place):
    await a_stopped_server(place, owner="U_BOB")
    assert "You had no server in that time" in await place.type("usage --days 7")
    await place.tasks.drain(60)
    assert not await place.calls("files.getUploadURLExternal")


async def test_an_invalid_number_of_days_is_refused(place):
    assert "from 1 to 366" in await place.type("usage --days 400")


async def test_only_admins_see_the_cost_of_all_servers(place):
    for words in ("admin usage", "admin usage --csv", "admin cost"):
        assert "for admins of this bot" in await place.type(words)


async def test_admins_see_usage_by_owner_and_as_a_file(place):
    await a_stopped_server(place)
    await a_stopped_server(place, "models", owner="U_BOB", hours=5)
    answer = await place.type("admin usage --days 2", user="U_EVE")
    assert "8.0 h" in answer
    assert answer.index("<@U_BOB>") < answer.index("<@U_ANA>")
    await place.file("usage.png", "U_EVE")
    assert "as a file" in await place.type("admin usage --csv", user="U_EVE")
    _, content = await place.file("usage.csv", "U_EVE")
    assert content.decode().splitlines()[1].split(",")[1] in ("U_ANA", "U_BOB")


async def test_admins_see_the_cost_of_the_month_and_its_forecast(place):
    await a_stopped_server(place, hours=1)
    answer = await place.type("admin cost", user="U_EVE")
    assert f"{datetime.now(UTC):%B}" in answer
    assert "at the pace of the last 7 days" in answer
    assert "Last month" in answer


async def test_a_member_whose_slack_is_korean_reads_korean(place):
    await a_stopped_server(place, owner="U_BOB")
    answer = await place.type("usage --days 2", user="U_BOB")
    assert "가동 *3.0시간*" in answer
    message, _ = await place.file("usage.png", "U_BOB")
    assert "가동 3.0시간" in message["text"]

"""`export` in a local Slack, by command and by button: files in the member's DM."""

import asyncio

import pytest

from handlers.kit import action_ids
from handlers.notebooks.export import exported_answer
from provisioning.core.errors import PermanentError
from provisioning.core.model.server import Status
from provisioning.notebooks.export import Documents, Printed
from tests.integration.handlers.world import until


@pytest.fixture
async def server(place):
    server = await place.server("sales", status=Status.RUNNING)
    place.host.documents = {"report.ipynb": "<h1>Sales</h1>", "a folder/other.ipynb": "<p>x</p>"}
    return await place.store.update(server.id, server.generation, address="127.0.0.1")


async def files(place, number, user="U_ANA"):
    async def there():
        found = [file for message in await place.dms(user) for file in message["files"]]
        return found if len(found) >= number else None

    return [each["name"] for each in await until(there)]


async def test_both_files_are_in_the_dm(place, server):
    await place.type("export sales report.ipynb")
    assert await files(place, 2) == ["report.html", "report.pdf"]
    events = await place.stores.audit.events(server.id)
    assert events[0].action == "export"


async def test_without_a_notebook_the_answer_lists_notebooks_with_buttons(place, server):
    assert "a folder/other.ipynb" in await place.type("export sales")
    listed = (await place.ephemerals())[-1]
    value = f"{server.id}/a folder/other.ipynb"
    body = {"user": "U_ANA", "channel": listed["channel"], "ts": listed["ts"]}
    body |= {"action_id": action_ids.EXPORT_BUTTON, "value": value}
    await place._call("POST", "actions", json=body)
    assert await files(place, 2) == ["other.html", "other.pdf"]


async def test_an_unknown_notebook_is_refused_with_a_list_of_those_on_the_server(place, server):
    answer = await place.type("export sales reprot")
    assert "There is no notebook `reprot`" in answer
    assert "report.ipynb" in answer
    assert await place.dms() == []


async def test_a_stopped_server_exports_nothing(place):
    await place.server("sales", status=Status.STOPPED)
    assert "state is: stopped" in await place.type("export sales")


async def test_a_server_of_another_member_is_not_found(place, server):
    answer = await place.type("export sales report.ipynb", user="U_BOB")
    assert "`sales` 서버가 없습니다" in answer, "Bob's Slack speaks Korean"


async def test_the_answer_says_why_the_machine_could_not_export(place, server):
    place.host.failures["export"] = [PermanentError("The notebook is too large.", "TooLarge")]
    await place.type("export sales report.ipynb")

    async def answered():
        return [m for m in await place.ephemerals() if "too large" in str(m)]

    await until(answered, 5)


async def test_an_unreadable_notebook_is_named_in_words(place, server):
    place.host.unreadable.add("report.ipynb")
    at_once = await place.type("export sales report.ipynb")

    async def answered():
        return "file is empty" in str([at_once, *await place.ephemerals()])

    await until(answered)
    assert await place.dms() == []


@pytest.mark.parametrize(
    ("formulas", "tables", "words"),
    [
        (0, 0, "are in neither."),
        (1, 0, "1 formula as it was typed"),
        (3, 0, "3 formulas as they were typed"),
        (0, 1, "1 table is too wide"),
        (2, 2, "2 tables are too wide"),
    ],
)
async def test_the_answer_tells_what_the_pdf_could_not_draw(server, formulas, tables, words):
    made = Documents(server, "report", b"<p>", Printed(b"%PDF", formulas, tables))
    assert words in exported_answer(made).text


async def test_a_second_export_of_a_member_is_refused_while_the_first_is_under_way(place, server):
    place.host.export_gate.clear()
    first = asyncio.create_task(place.type("export sales report.ipynb"))

    async def begun():
        return place.host.exporting

    await until(begun)
    assert "one at a time for each member" in await place.type("export sales report.ipynb")
    place.host.export_gate.set()
    await first
    assert await files(place, 2) == ["report.html", "report.pdf"]
    await place.tasks.drain(60)
    await place.type("export sales report.ipynb")
    assert len(await files(place, 4)) == 4

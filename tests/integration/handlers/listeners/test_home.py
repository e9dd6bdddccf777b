"""The Home tab: its content, and when it is drawn again."""

from datetime import timedelta

from handlers.kit import action_ids
from provisioning.access.rights import ServerId
from provisioning.core.model.activity import Activity, WorkKind, Workload
from provisioning.core.model.people import Member
from provisioning.core.model.server import Status
from tests.integration.handlers.world import until


async def home(place, words, user="U_ANA"):
    async def drawn():
        tab = await place.home(user)
        return tab if words in str(tab) else None

    return await until(drawn)


async def test_it_shows_the_persons_servers_with_open_and_a_menu(place):
    await place.server("sales", status=Status.RUNNING)
    await place.server("theirs", owner="U_BOB", status=Status.RUNNING)
    tab = str(await home(place, "sales"))
    assert "theirs" not in tab
    assert "New server" in tab
    assert "server_open" in tab
    assert "server_menu" in tab
    assert "server_logs" not in tab


async def test_it_shows_what_each_server_cost_this_month(place):
    await place.server("sales", status=Status.RUNNING)
    tab = str(await home(place, "Cost this month"))
    assert "running · `Standard_B2s` · `https://" in tab
    assert "$0.00 this month" in tab
    assert "*$0.00* in all, 0.0 h on" in tab


async def test_it_shows_what_a_server_is_used_for_and_when_it_stops(place):
    server = await place.server("sales", status=Status.RUNNING, address="127.0.0.1")
    await place.sweep()
    assert "*idle* since" in str(await home(place, "unless it is used"))
    place.seen[server.id] = Activity(
        (Workload(WorkKind.CELL, "1", "train.ipynb", cpu=0.97),), cpu=0.97
    )
    await place.sweep()
    await place.visit_home()
    tab = str(await home(place, "*busy*"))
    assert "running: `train.ipynb`" in tab
    assert "unless it is used" not in tab
    await place.keeping.extend(Member("U_ANA"), ServerId(server.id), timedelta(hours=4))
    await place.visit_home()
    await home(place, "stays as it is until")


async def test_admins_see_how_many_servers_there_are_in_all(place):
    await place.server("sales", status=Status.RUNNING)
    await place.server("models", owner="U_BOB", status=Status.STOPPED)
    tab = str(await home(place, "All servers", user="U_EVE"))
    assert "2 servers in all. Members who have one: 2." in tab
    assert "running: *1* · stopped: *1*" in tab
    assert "models" not in tab
    assert "Everybody" not in str(await home(place, "sales"))


async def test_an_event_that_slack_repeats_is_drawn_once(place):
    await home(place, "no servers")
    drawn = len(await place.calls("views.publish"))
    await place.faults(event_retries=1)
    await place.visit_home()

    async def repeated():
        return not place.slack.faults.active()["event_retries"]

    await until(repeated)
    await place.visit_home()

    async def drawn_again():
        return len(await place.calls("views.publish")) >= drawn + 2

    await until(drawn_again)
    assert len(await place.calls("views.publish")) == drawn + 2


async def test_outsiders_see_whom_to_ask(place):
    tab = str(await home(place, "<@U_EVE>", user="U_MAL"))
    assert "nothing was done" not in tab, "a person who only looks has asked for nothing"


async def test_a_member_without_servers_reads_what_it_is_what_it_costs_and_whom_to_ask(place):
    tab = str(await home(place, "What this is"))
    assert "What it costs" in tab
    assert "<@U_EVE>" in tab
    assert "server_create" in tab


async def modal(place, words):
    async def shown():
        view = await place.modal()
        return view if words in str(view) else None

    return await until(shown)


async def test_a_click_there_is_answered_in_a_modal_and_the_tab_is_drawn_again(place):
    server = await place.server("sales", status=Status.RUNNING)
    await home(place, "sales")
    await place.click_home(action_ids.DELETE_BUTTON, server.id)
    await home(place, "deleting")
    await modal(place, "deleting `sales`")
    assert await place.dms() == []
    assert place.work.asked == [("delete", server.id)]


async def test_each_entry_of_the_menu_is_answered_in_a_modal(place):
    server = await place.server("sales", status=Status.RUNNING)
    await home(place, "sales")
    for action_id, words in (
        (action_ids.PASSWORD_BUTTON, "on its way"),
        (action_ids.SHARE_BUTTON, "With whom"),
        (action_ids.ALL_BUTTON, "server_logs"),
    ):
        await place.click_home(action_ids.MENU, f"{action_id}/{server.id}")
        await modal(place, words)
    assert await place.dms() == []


async def test_a_menu_asks_before_it_stops_a_server(place):
    server = await place.server("sales", status=Status.RUNNING)
    await home(place, "sales")
    await place.click_home(action_ids.MENU, f"{action_ids.STOP_BUTTON}/{server.id}")
    await modal(place, "Stop `sales`? Kernels")
    assert place.work.asked == []
    await place.submit({})
    await modal(place, "stopping `sales`")
    assert place.work.asked == [("stop", server.id)]


async def test_the_harmless_way_to_delete_is_a_button_of_the_question(place):
    server = await place.server("sales", status=Status.RUNNING)
    await home(place, "sales")
    await place.click_home(action_ids.MENU, f"{action_ids.DELETE_BUTTON}/{server.id}")
    await modal(place, "Delete `sales`?")
    body = {"user": "U_ANA", "view": True, "action_id": action_ids.DELETE_WITH_COPY_BUTTON}
    await place._call("POST", "actions", json=body)
    await modal(place, "after a snapshot")
    assert place.work.asked == [("delete_with_copy", server.id)]


async def test_it_follows_the_servers_of_members_who_have_opened_it(place):
    await home(place, "no servers")
    server = await place.server("sales", status=Status.RUNNING)
    await home(place, "sales")
    await place.servers.stop(Member("U_ANA"), ServerId(server.id))
    await home(place, "stopping")


async def test_tabs_that_were_never_opened_are_not_drawn(place):
    await place.server("theirs", owner="U_BOB", status=Status.RUNNING)
    await home(place, "no servers")
    server = await place.server("also-theirs", owner="U_BOB")
    await place.servers.delete(Member("U_BOB"), ServerId(server.id))
    mine = await place.server("sales")
    await home(place, mine.name)
    drawn = {str(each["request"].get("user_id")) for each in await place.calls("views.publish")}
    assert drawn == {"U_ANA"}


async def test_it_follows_servers_that_are_shared_with_its_member(place):
    await home(place, "no servers", user="U_EVE")
    server = await place.server("sales", status=Status.RUNNING)
    await place.type("share sales @eve")
    await home(place, "shared with you by", user="U_EVE")
    await place.type("unshare sales @eve")
    await home(place, "no servers", user="U_EVE")
    await place.type("share sales @eve")
    await home(place, "shared with you by", user="U_EVE")
    await place.servers.stop(Member("U_ANA"), ServerId(server.id))
    await home(place, "stopping", user="U_EVE")

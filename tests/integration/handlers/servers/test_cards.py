"""One card a server in its owner's DM: delivered once, edited in place, never overtaken."""

import asyncio
from dataclasses import replace

import pytest

from bot.messages.cards import SlackCardMessages
from bot.process.clock import SystemClock
from provisioning.adapters.sql.servers import SqlServers
from provisioning.core.errors import DeliveryError
from provisioning.core.model.delivery import Delivery
from provisioning.core.model.server import Failure, Stage, Status
from tests.fakes import no_rules
from tests.integration.handlers.world import until

PASSWORD = "tulip-4821-harbor-maple"
NEWER = "amber-1133-reef-otter"


async def card_of(place, words):
    async def drawn():
        return [each for each in await place.dms() if words in str(each)]

    return (await until(drawn))[0]


async def finish(place, server):
    return await place.store.update(
        server.id, server.generation, status=Status.RUNNING, url=f"https://{server.id}.example/"
    )


async def test_a_result_is_a_new_message_and_the_progress_goes(place):
    server = await place.server()
    await place.cards.update_progress(server)
    first = await card_of(place, "Creating")
    moved = replace(server, stage=Stage.MACHINE)
    await place.store.set_stage(server.id, server.generation, Stage.MACHINE, "")
    await place.cards.update_progress(moved)
    await card_of(place, "*Virtual machine*")
    delivery = await place.cards.post_ready(await finish(place, server), PASSWORD)
    (card,) = await place.dms()
    assert first["ts"] != delivery.ts == card["ts"]
    assert f"`{PASSWORD}`" in card["text"]
    assert f"`https://{server.id}.example/`" in card["text"]
    row = await place.store.get(server.id)
    assert (row.card.channel, row.card.ts) == (card["channel"], card["ts"])


async def test_the_card_is_in_the_owners_dm_alone(place):
    server = await place.server(owner="U_BOB")
    await place.cards.post_ready(await finish(place, server), PASSWORD)
    assert len(await place.dms("U_BOB")) == 1
    assert await place.messages("U_ANA") == []


async def test_progress_that_comes_late_never_covers_a_result(place):
    late, other = await place.server(), await place.server("sales")
    for server in (late, other):
        await place.cards.update_progress(server)
        await card_of(place, f"Creating {server.name}")
    await place.cards.post_ready(await finish(place, late), PASSWORD)
    await place.cards.update_progress(late)
    # Drawn in their order: when the other card has changed, the late one has had its turn.
    await place.store.set_stage(other.id, other.generation, Stage.VERIFY, "")
    await place.cards.update_progress(await place.store.get(other.id))
    await card_of(place, "*Checked from outside")
    card = await card_of(place, PASSWORD)
    assert "Creating" not in str(card)


class PausingStore(SqlServers):
    """A store whose first answer about a server waits for the test."""

    def __init__(self, engine) -> None:
        super().__init__(engine)
        self.asked, self.gate = asyncio.Event(), asyncio.Event()

    async def get(self, server_id):
        row = await super().get(server_id)
        if not self.asked.is_set():
            self.asked.set()
            await self.gate.wait()
        return row


async def test_a_result_waits_for_progress_that_is_being_drawn(place):
    server = await place.server()
    store = PausingStore(place.stores.database)
    cards = SlackCardMessages(
        place.direct_messages, store, place.stores.due, SystemClock(), 45, (), no_rules
    )
    await cards.update_progress(server)
    await store.asked.wait()  # it has read the state "creating"
    running = await finish(place, server)
    handing_over = asyncio.create_task(cards.post_ready(running, PASSWORD))
    done, _ = await asyncio.wait({handing_over}, timeout=0.2)
    store.gate.set()
    assert not done
    await handing_over
    (card,) = await place.dms()
    assert PASSWORD in card["text"]
    await cards.close()


async def test_many_changes_of_progress_are_few_edits(place):
    server = await place.server()
    await place.cards.update_progress(server)
    await card_of(place, "Creating")
    for number in range(200):
        await place.store.set_stage(server.id, server.generation, Stage.SET_UP, f"step {number}")
        await place.cards.update_progress(
            replace(server, card=Delivery("D", "1"), stage=Stage.SET_UP)
        )
    await card_of(place, "step 199")
    assert len(await place.calls("chat.update")) <= place.settings.updates_per_minute


async def test_progress_under_a_rate_limit_shows_its_latest_state_afterwards(place):
    server = await place.server()
    await place.cards.update_progress(server)
    await card_of(place, "Creating")
    await place.faults(rate_limit={"chat.update": {"retry_after": 1, "count": 2}})
    await place.store.set_stage(server.id, server.generation, Stage.VERIFY, "")
    await place.cards.update_progress(replace(server, card=Delivery("D", "1"), stage=Stage.VERIFY))
    await card_of(place, "*Checked from outside")


async def test_a_result_under_a_rate_limit_is_refused_with_the_time_of_the_next_try(place):
    server = await finish(place, await place.server())
    await place.cards.post_ready(server, "the-first")
    await place.faults(rate_limit={"chat.postMessage": {"retry_after": 7, "count": 1}})
    with pytest.raises(DeliveryError) as later:
        await place.cards.post_ready(server, PASSWORD)
    assert later.value.retry_in == 7
    assert PASSWORD not in str(later.value)
    await place.cards.post_ready(server, NEWER)
    (card,) = await place.dms()
    assert NEWER in card["text"]


@pytest.mark.parametrize("fault", [{"error": "internal_error", "status": 500}, {}])
async def test_a_result_that_slack_refuses_is_posted_once_when_slack_is_back(place, fault):
    server = await finish(place, await place.server())
    kind = "fail" if fault else "drop"
    await place.faults(**{kind: {"chat.postMessage": fault | {"count": 2}}})
    for attempt in range(2):
        with pytest.raises(DeliveryError):
            await place.cards.post_ready(server, f"attempt-{attempt}")
    await place.cards.post_ready(server, PASSWORD)
    (card,) = await place.dms()
    assert PASSWORD in card["text"]


async def test_progress_never_raises_and_is_drawn_when_slack_is_back(place):
    server = await place.server()
    await place.faults(rate_limit={"chat.postMessage": {"retry_after": 1, "count": 1}})
    await place.cards.update_progress(server)
    await card_of(place, "Creating")
    assert len(await place.dms()) == 1


async def test_a_card_that_was_posted_just_before_a_crash_is_found_again(place):
    server = await place.server()
    await place.cards.update_progress(server)
    card = await card_of(place, "Creating")

    async def saved():
        return (await place.store.get(server.id)).card.ts

    await until(saved)
    # The crash came after the post and before its place was written down.
    await place.store.set_card(server.id, Delivery(card["channel"], ""))
    after = SlackCardMessages(
        place.direct_messages, place.store, place.stores.due, SystemClock(), 45, (), no_rules
    )
    await after.post_ready(await finish(place, server), PASSWORD)
    (only,) = await place.dms()
    assert (only["ts"], PASSWORD in only["text"]) == (card["ts"], True)


async def test_a_card_that_was_deleted_is_posted_again(place):
    server = await place.server()
    await place.cards.update_progress(server)
    card = await card_of(place, "Creating")
    await place.client.chat_delete(channel=card["channel"], ts=card["ts"])
    delivery = await place.cards.post_ready(await finish(place, server), PASSWORD)
    (only,) = await place.dms()
    assert only["ts"] == delivery.ts != card["ts"]
    assert (await place.store.get(server.id)).card.ts == delivery.ts


async def test_a_new_password_is_a_new_message_and_the_older_card_goes(place):
    server = await finish(place, await place.server())
    first = await place.cards.post_ready(server, PASSWORD)
    await place.cards.post_ready(server, NEWER)
    (card,) = await place.dms()
    assert NEWER in card["text"]
    assert card["ts"] != first.ts
    assert (await place.store.get(server.id)).card.ts == card["ts"]


async def test_a_card_that_the_workspace_keeps_loses_its_password_and_its_buttons(place):
    server = await finish(place, await place.server())
    await place.cards.post_ready(server, PASSWORD)
    refusal = {"error": "compliance_exports_prevent_deletion", "count": 1}
    await place.faults(fail={"chat.delete": refusal})
    await place.cards.post_ready(server, NEWER)
    older, newer = await place.dms()
    assert NEWER in newer["text"]
    assert PASSWORD not in str(older)
    assert "newer message below" in older["text"]
    assert "button" not in str(older["blocks"])


async def test_every_new_password_has_a_message_of_its_own(place):
    server = await finish(place, await place.server())
    await place.cards.post_ready(server, PASSWORD)
    for number in range(3):
        await place.cards.post_ready(server, f"again-{number}")
    cards = await place.dms()
    assert ["again-2" in each["text"] for each in cards] == [True]


async def test_a_new_password_whose_answer_was_lost_is_not_posted_twice(place):
    server = await finish(place, await place.server())
    await place.cards.post_ready(server, PASSWORD)
    first = await place.store.get(server.id)
    await place.cards.post_ready(server, "unseen")
    # As if Slack's answer to the second message had not arrived.
    older = first.card
    await place.store.set_card(server.id, older, newer_card=True)
    await place.cards.post_ready(server, NEWER)
    (card,) = await place.dms()
    assert NEWER in card["text"]
    assert "unseen" not in str(card)


async def test_the_card_of_an_ended_server_says_how_it_ended(place):
    failing, deleted = await place.server("sales"), await place.server("quiet-otter")
    reason = "westeurope has none left. Choose another size."
    failing = await place.store.update(
        failing.id, failing.generation, status=Status.FAILED, failure=Failure(reason)
    )
    deleted = await place.store.update(deleted.id, deleted.generation, status=Status.DELETED)
    await place.cards.update_state(failing)
    await place.cards.update_state(deleted)
    first, second = await place.dms()
    assert reason in first["text"]
    assert "was deleted" in second["text"]


async def test_a_start_ends_in_a_new_message_and_the_older_card_goes(place):
    server = await place.server("sales", status=Status.RUNNING)
    first = await place.cards.post_ready(server, "one-time-word")
    starting = await place.store.update(server.id, server.generation, status=Status.STARTING)
    begun = await place.cards.update_state(starting)
    running = await place.store.update(server.id, server.generation, status=Status.RUNNING)
    await place.cards.update_state(running, as_new_message=True)
    (card,) = await place.dms()
    assert begun.ts == first.ts != card["ts"]
    assert "one-time-word" not in str(card)
    assert "sales is running" in card["text"]


async def test_results_wait_for_no_edits(place):
    """Two hundred results at once would wait for minutes behind the budget of edits."""
    servers = [await finish(place, await place.server(f"server-{n}")) for n in range(3)]
    cards = SlackCardMessages(
        place.direct_messages, place.store, place.stores.due, SystemClock(), 1, (), no_rules
    )
    await cards.update_state(servers[0])  # the one edit of this minute
    async with asyncio.timeout(20):
        for server in servers:
            await cards.post_ready(server, PASSWORD)
    assert len(await place.dms()) == 3
    await cards.close()


async def test_a_changed_host_key_warns_the_owner_and_the_admins(place):
    server = await place.server()
    await place.cards.notify_host_key_changed(server)
    (warning,) = await place.dms("U_ANA")
    (report,) = await place.dms("U_EVE")
    assert "Don't use" in warning["text"]
    assert "I sent nothing to it" in str(warning["blocks"])
    assert f"nb-{server.id}-vm" in str(report["blocks"])
    assert "<@U_ANA>" in str(report["blocks"])
    assert await place.dms("U_BOB") == []

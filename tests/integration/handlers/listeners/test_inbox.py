"""Commands and clicks are written down first: each is done once, and none is lost by a crash."""

import json
from datetime import timedelta

from sqlalchemy import select, update

from bot.wiring.bot import make_toolkit
from handlers.kit import action_ids
from handlers.kit.blocks import plain
from handlers.listeners.inbox import Inbox, recorded_click, recorded_command
from handlers.listeners.slash import SlashCommand
from provisioning.adapters.sql.schema.interactions import interactions
from provisioning.core.model.request import Interaction, InteractionKind
from provisioning.core.model.server import Status
from tests.integration.handlers.people import DEADLINE_SECONDS
from tests.integration.handlers.world import until

DEAD = "process-that-died"


def click_of(server, action_id, user="U_ANA"):
    """Return what the bot stores of a click on a button of this server."""
    body = {
        "user": {"id": user, "username": "ana"},
        "actions": [{"action_id": action_id, "value": server.id}],
        "trigger_id": f"trigger-{action_id}",
        "container": {"type": "message"},
    }
    return recorded_click(body)


async def left_behind(place, kind, content, age=timedelta(0), user="U_ANA"):
    """Record an interaction that a process took before it died."""
    now = place.bot.edges.clock.now() - age
    interaction = Interaction(f"left-{kind}", kind, user, content, now)
    assert await place.stores.interactions.add(interaction, DEAD)


async def rows_of(place):
    async with place.stores.database.connect() as connection:
        return (await connection.execute(select(interactions))).all()


async def test_the_next_process_does_the_click_that_a_dead_one_had_acknowledged(place):
    server = await place.server("sales", status=Status.RUNNING)
    click = click_of(server, action_ids.PASSWORD_BUTTON)
    await left_behind(place, InteractionKind.CLICK, click)
    await place.bot.recover_interactions()
    assert place.work.asked == [("password", server.id)]
    (told,) = await place.dms()
    assert "on its way" in told["text"]


async def test_a_click_is_done_by_one_of_the_processes_that_find_it(place):
    server = await place.server("sales", status=Status.RUNNING)
    click = click_of(server, action_ids.PASSWORD_BUTTON)
    await left_behind(place, InteractionKind.CLICK, click)
    await place.bot.recover_interactions()
    await place.bot.recover_interactions()
    assert place.work.asked == [("password", server.id)]


async def test_a_click_of_long_ago_is_not_done(place):
    server = await place.server("sales", status=Status.RUNNING)
    click = click_of(server, action_ids.PASSWORD_BUTTON)
    await left_behind(place, InteractionKind.CLICK, click, age=timedelta(minutes=11))
    await place.bot.recover_interactions()
    assert place.work.asked == []


async def test_the_member_hears_of_a_command_that_a_crash_interrupted(place):
    await left_behind(place, InteractionKind.COMMAND, "create ubuntu")
    await place.bot.recover_interactions()
    (told,) = await place.dms()
    assert "/notebook create ubuntu" in told["text"]
    assert "/notebook list" in told["text"]


async def test_what_was_answered_needs_nothing_after_a_restart(place):
    server = await place.server("sales", status=Status.RUNNING)
    await place.cards.post_ready(server, "one-time")
    (card,) = await place.dms()
    await place.type("list")
    await place.click(card, action_ids.PASSWORD_BUTTON)

    async def all_answered():
        rows = await rows_of(place)
        return len(rows) == 2 and all(row.finished_at for row in rows)

    await until(all_answered)
    async with place.stores.database.begin() as connection:
        await connection.execute(update(interactions).values(holder=DEAD))
    place.work.taken()
    await place.bot.recover_interactions()
    assert place.work.asked == []


async def test_a_command_that_another_process_has_taken_is_not_carried_out_again(place):
    acknowledged = []

    async def ack(**answer):
        acknowledged.append(answer)

    async def make(request):
        made.append(request.command.name)
        return plain("made")

    made = []
    kit = make_toolkit(place.bot.edges.slack, {"answer_seconds": DEADLINE_SECONDS})
    typed = {
        "trigger_id": "one",
        "user_id": "U_ANA",
        "text": "create ubuntu",
        "response_url": "",
    }
    for process in ("one", "another"):
        inbox = Inbox(place.stores.interactions, place.bot.edges.clock, kit, process.strip)
        await SlashCommand({"create": make}, kit, inbox)(ack, typed, place.client)
    first, second = acknowledged
    assert made == ["create"]
    assert first["text"] == "made"
    assert "twice" in second["text"]


def test_no_password_token_or_response_url_is_stored_of_a_click():
    body = {
        "token": "verification",
        "response_url": "https://hooks.slack.example/secret",
        "message": {"text": "password `one-time`", "blocks": []},
        "user": {"id": "U_ANA"},
        "actions": [{"action_id": "x", "value": "abc"}],
        "trigger_id": "1",
        "container": {"type": "message", "channel_id": "D_ANA"},
    }
    stored = json.loads(recorded_click(body))
    assert sorted(stored) == ["actions", "container", "trigger_id", "user"]


def test_no_address_of_a_command_is_stored():
    typed = "create ubuntu --repo https://token@git.example.com/team.git"
    assert recorded_command(typed) == "create ubuntu"

"""Failures of a member's input, of Azure and of Slack, in one running demo."""

import re

import pytest

from tests.e2e.demo import Demo

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.timeout(300)]

BAD = [
    ("craete ubuntu", "Did you mean `create`"),
    ("create", "needs a platform"),
    ("create ubunto", "Did you mean `ubuntu`"),
    ("create ubuntu x", "characters"),
    ("create ubuntu 😀😀😀", "letters"),
    ("create ubuntu list", "command word"),
    ("create ubuntu sales --size huge", "Choose one of"),
    ('create ubuntu "sales', "close"),
    ("x" * 10_000, "10,000"),
    ("status nobody", "no server named"),
    ("password nobody", "no server named"),
    ("delete nobody", "no server named"),
]


async def test_failures_are_reported_and_cleaned_up(tmp_path):
    async with Demo(tmp_path / "demo", speed=200) as demo:
        await bad_input_gets_a_clear_answer(demo)
        await a_refusal_of_the_cloud_is_reported_and_cleaned_up(demo)
        await a_deletion_during_a_creation_leaves_nothing(demo)
        await a_hand_over_that_slack_refuses_is_posted_once_later(demo)
    assert demo.processes() == []


async def bad_input_gets_a_clear_answer(demo):
    for text, words in BAD:
        assert words in await demo.command(text), text
    assert "may not use notebook servers" in await demo.command("list", user="U_MAL")
    assert await demo.resources() == []


async def a_refusal_of_the_cloud_is_reported_and_cleaned_up(demo):
    fault = {"operation": "virtualMachines.put", "kind": "AllocationFailed"}
    await demo.azure("/sandbox/faults", fault)
    await demo.command("create ubuntu unlucky")

    async def reported():
        return any("unlucky could not be created" in card["text"] for card in await demo.cards())

    await demo.until(reported)

    async def cleaned():
        return await demo.resources() == []

    await demo.until(cleaned)
    assert "failed" in await demo.command("status unlucky")


async def a_deletion_during_a_creation_leaves_nothing(demo):
    await demo.command("create ubuntu hasty")
    await demo.until(lambda: demo.resources("hasty"))
    question = await demo.ask_to_delete("hasty")
    await demo.click(question, "server_delete")

    async def gone():
        return any("hasty was deleted" in card["text"] for card in await demo.cards())

    await demo.until(gone)
    assert await demo.resources() == []


async def a_hand_over_that_slack_refuses_is_posted_once_later(demo):
    await demo.command("create ubuntu patient")

    async def card():
        return [c for c in await demo.cards() if "Creating `patient`" in c["text"]]

    await demo.until(card)
    down = {"error": "internal_error", "status": 500, "count": 1000}
    await demo.slack("/sandbox/faults", {"fail": {"chat.update": down, "chat.postMessage": down}})
    await demo.until(lambda: "step=hand_over" in demo.logs(), 120)
    async with demo.session.delete(f"{demo.url}/sandbox/faults") as answer:
        assert answer.status == 200
    given = await demo.hand_over("patient")
    texts = [card["text"] for card in await demo.cards()]
    assert sum("patient is ready" in text for text in texts) == 1
    assert len(re.findall(re.escape(given.password), "\n".join(texts))) == 1

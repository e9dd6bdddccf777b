"""kill -9 of the bot at any moment of a creation or deletion: a restarted bot continues it."""

import pytest

from tests.e2e.demo import Demo

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(300)]

STAGES = ("Network and address", "Virtual machine", "Notebook server installed")


@pytest.mark.parametrize("stage", STAGES)
async def test_a_bot_killed_during_a_creation_finishes_it_once(tmp_path, stage):
    async with Demo(tmp_path / "demo", speed=30) as demo:
        await demo.command("create ubuntu phoenix")

        async def reached():
            return any(f"*{stage}*" in str(card["blocks"]) for card in await demo.cards())

        await demo.until(reached)
        await demo.kill_bot()
        await demo.start_bot()
        await demo.hand_over("phoenix")

        machines = [r for r in await demo.resources() if r["type"].endswith("virtualMachines")]
        assert len(machines) == 1
        assert len(await demo.cards()) == 1
        puts = (await demo.azure("/sandbox/traffic?limit=100000"))["entries"]
        made = [each for each in puts if each["method"] == "PUT" and each["status"] == 201]
        assert len([each for each in made if "/virtualMachines/" in each["path"]]) == 1


async def test_a_bot_killed_during_a_deletion_leaves_nothing(tmp_path):
    async with Demo(tmp_path / "demo", speed=30) as demo:
        await demo.command("create ubuntu phoenix")
        given = await demo.hand_over("phoenix")
        await demo.click(given.message, "server_delete")

        async def deleting():
            return "phoenix: deleting" in await demo.command("list")

        await demo.until(deleting)
        await demo.kill_bot()
        await demo.start_bot()

        async def gone():
            return await demo.resources() == [] and "no servers" in await demo.command("list")

        await demo.until(gone)

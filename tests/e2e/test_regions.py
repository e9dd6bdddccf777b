"""A region that refuses a server, and the button that creates it in another one."""

import re

import aiohttp
import pytest

from tests.e2e.demo import Demo

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.timeout(400)]

HERE, THERE = "westeurope", "northeurope"
PARTS = ("-vm", "-disk", "-nic", "-ip")


@pytest.mark.parametrize("kind", ["AllocationFailed", "quota"])
async def test_a_server_that_one_region_refuses_is_created_in_the_other(tmp_path, kind):
    async with Demo(tmp_path / "demo", speed=200) as demo:
        card = await refused(demo, kind)
        assert await demo.resources() == []
        for _ in range(2):  # a second click has no effect but a message
            await demo.click(card, "server_other_region", value=button_value(card))
        await demo.until(lambda: said(demo, "already creating `sales`"))
        url = await ready(demo)
        await answers(url)
        await is_there_alone(demo)
        assert "northeurope" in str(await demo.cards())
        if kind == "quota":
            await demo.command("stop sales")
            await demo.until(lambda: said(demo, "sales is stopped"))
            await demo.command("start sales")
            await demo.until(lambda: said(demo, "sales is running"))
        await demo.delete("sales")
        assert await demo.resources() == []
        await demo.click(card, "server_other_region", value=button_value(card))
        await demo.until(lambda: said(demo, "asked for that already, so nothing was done"))
        assert await demo.resources() == []
    assert demo.processes() == []


async def refused(demo: Demo, kind: str) -> dict:
    """Create a server that the first region refuses, and return its card."""
    fault = {"operation": "virtualMachines.put", "kind": kind, "location": HERE, "count": 100}
    await demo.azure("/sandbox/faults", fault)
    await demo.command("create ubuntu sales")

    async def card() -> dict | None:
        """The card once it has the other regions, which follow after the clean-up."""
        for each in await demo.cards():
            if "sales could not be created" in each["text"]:
                return each if "server_other_region" in str(each["blocks"]) else None
        return None

    return await demo.until(card)


def button_value(card: dict) -> str:
    """Return the value of the other region's button, which has only ids."""
    (value,) = re.findall(r"'value': '(\w+/northeurope)'", str(card["blocks"]))
    return value


async def said(demo: Demo, words: str) -> bool:
    return any(words in message["text"] for message in await demo.messages())


async def ready(demo: Demo) -> str:
    """Wait for the result card, and return the address on it."""

    async def address() -> str | None:
        for message in await demo.cards():
            if "sales is ready" in message["text"]:
                return re.findall(r"`(https://[^`]+)`", message["text"])[0]
        return None

    return await demo.until(address, 200)


async def answers(url: str) -> None:
    """Check that Jupyter's sign-in page is served, with any certificate."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}login", ssl=False) as answer:
        assert answer.status == 200


async def is_there_alone(demo: Demo) -> None:
    """Check that the server's machine, disk, interface and address are in the second region."""
    found = (await demo.azure("/sandbox/resources"))["resources"]
    at = {each["name"]: each["location"] for each in found}
    of_server = {name: place for name, place in at.items() if name.endswith(PARTS)}
    assert len(of_server) == 4
    assert set(of_server.values()) == {THERE}
    assert (at["nb-vnet-northeurope"], at["nb-nsg-northeurope"]) == (THERE, THERE)
    assert at["nb-vnet"] == HERE

"""A region that refuses, and the button that makes the server in another one, in a running demo."""

import re

import aiohttp
import pytest

from tests.e2e.demo import Demo

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.timeout(400)]

HERE, THERE = "westeurope", "northeurope"
PARTS = ("-vm", "-disk", "-nic", "-ip")


@pytest.mark.parametrize("kind", ["AllocationFailed", "quota"])
async def test_a_server_that_one_region_refuses_is_made_in_the_other_and_leaves_nothing(
    tmp_path, kind
):
    async with Demo(tmp_path / "demo", speed=200) as demo:
        card = await refused(demo, kind)
        assert await demo.resources() == []
        for _ in range(2):  # a second click does nothing, and says so
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
    """The card of a creation that the first region refuses."""
    fault = {"operation": "virtualMachines.put", "kind": kind, "location": HERE, "count": 100}
    await demo.azure("/sandbox/faults", fault)
    await demo.command("create ubuntu sales")

    async def card() -> dict | None:
        found = [c for c in await demo.cards() if "sales could not be created" in c["text"]]
        return found[0] if found else None

    return await demo.until(card)


def button_value(card: dict) -> str:
    """What the button of the other region carries: ids alone."""
    (value,) = re.findall(r"'value': '(\w+/northeurope)'", str(card["blocks"]))
    return value


async def said(demo: Demo, words: str) -> bool:
    return any(words in message["text"] for message in await demo.messages())


async def ready(demo: Demo) -> str:
    """The address on the result card."""

    async def address() -> str | None:
        for message in await demo.cards():
            if "sales is ready" in message["text"]:
                return re.findall(r"`(https://[^`]+)`", message["text"])[0]
        return None

    return await demo.until(address, 200)


async def answers(url: str) -> None:
    """Jupyter's own sign-in page, over the server's certificate."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}login", ssl=False) as answer:
        assert answer.status == 200


async def is_there_alone(demo: Demo) -> None:
    """Machine, disk, interface, address and network of the second region."""
    found = (await demo.azure("/sandbox/resources"))["resources"]
    at = {each["name"]: each["location"] for each in found}
    of_server = {name: place for name, place in at.items() if name.endswith(PARTS)}
    assert len(of_server) == 4
    assert set(of_server.values()) == {THERE}
    assert (at["nb-vnet-northeurope"], at["nb-nsg-northeurope"]) == (THERE, THERE)
    assert at["nb-vnet"] == HERE

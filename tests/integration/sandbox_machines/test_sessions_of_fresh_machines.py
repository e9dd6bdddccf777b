"""SSH to machines that a test makes for itself."""

import asyncio

from .small_machines import until


async def test_a_machine_without_a_planted_key_makes_its_own_and_keeps_it(place):
    machine = await place.create(plant=False)

    async def shown() -> str:
        async with await machine.connect(known_hosts=None) as connection:
            return connection.get_server_host_key().get_fingerprint()

    first = await shown()
    await place.machines.stop("one")
    await place.machines.start("one")
    assert await shown() == first


async def test_the_environment_is_clean_but_for_what_the_network_gives(place, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "of-the-outside")
    monkeypatch.setenv("https_proxy", "http://proxy.invalid:3128")
    machine = await place.create()
    environ = dict(
        line.split("=", 1) for line in (await machine.run("env")).stdout.splitlines() if "=" in line
    )
    assert "SLACK_BOT_TOKEN" not in environ
    assert environ["https_proxy"] == "http://proxy.invalid:3128"
    assert environ["TMPDIR"] == str(machine.root / "tmp")


async def test_a_shutdown_cuts_the_sessions(place):
    machine = await place.create()
    connection = await machine.connect()
    process = await connection.create_process("sleep 602")
    await place.machines.stop("one")
    await asyncio.wait_for(connection.wait_closed(), 10)
    assert process.exit_status is None
    assert await until(lambda: not machine.processes())

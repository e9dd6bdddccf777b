"""What a disk costs: where it is chosen, in a server's status, and against the limit of cost."""

from provisioning.core.model.server import Job, Status


async def test_the_creation_and_the_status_say_what_the_disk_costs(place):
    assert "with a disk of 64 GB ($4.80 a month)" in await place.type(
        "create ubuntu sales --disk 64"
    )
    assert "disk 64 GB: $4.80 a month" in await place.type("status sales")


async def test_the_disk_counts_against_the_limit_of_cost(place):
    # A month of 8-hour days costs $9.98; a disk of 32 GB $2.40, one of 512 GB $38.40.
    await place.type("admin limits @ana cost=13", "U_EVE")
    assert "I'm creating" in await place.type("create ubuntu sales")
    server = (await place.store.list_servers("U_ANA"))[0]
    await place.store.update(server.id, server.generation, status=Status.STOPPED)
    place.work.taken()
    refused = await place.type("resize sales --disk 512")
    assert "That is beyond your limits: that would be $48 a month of at most $13" in refused
    assert place.work.taken() == []
    await place.type("admin limits @ana cost=60", "U_EVE")
    await place.type("resize sales --disk 512")
    assert place.work.taken() == [(Job.RESIZE, server.id)]


async def test_a_server_that_only_its_disk_makes_too_expensive_is_asked_for(place):
    await place.type("admin limits @ana cost=13", "U_EVE")
    answer = await place.type("create ubuntu sales --disk 512")
    assert "$48 a month of at most $13" in answer

"""The command `packages` in the local Slack."""

import pytest

from provisioning.core.model.server import Status


async def test_packages_are_added_listed_and_removed(place):
    server = await place.server("sales", status=Status.RUNNING)
    assert "only the packages that every server has" in await place.type("packages sales")
    assert "changing the packages" in await place.type("packages sales add polars&gt;=1.0, toolz")
    assert place.work.asked == [("packages", server.id)]
    assert "`polars&gt;=1.0`, `toolz`" in await place.type("packages sales list")
    await place.type("packages sales add Polars==1.5")
    assert (await place.store.get(server.id)).packages == ("toolz", "Polars==1.5")
    await place.type("packages sales remove polars")
    assert (await place.store.get(server.id)).packages == ("toolz",)
    assert "is not a package of" in await place.type("packages sales remove polars")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("add", "Which packages?"),
        ("frobnicate toolz", "`add`, `remove` or `list`"),
        ("add https://evil.example/x.whl", "is not a package"),
        ("add x@https://evil.example/x.whl", "is not a package"),
        ("add ../../etc", "is not a package"),
        ("add --index-url=https://evil.example", "no option"),
    ],
)
async def test_an_invalid_package_is_refused_and_no_work_begins(place, words, answer):
    await place.server("sales", status=Status.RUNNING)
    assert answer in await place.type(f"packages sales {words}")
    assert place.work.asked == []


async def test_a_guest_sees_the_packages_and_can_not_change_them(place):
    await place.server("sales", status=Status.RUNNING)
    await place.type("share sales @bob")
    assert "추가한 패키지가 없습니다" in await place.type("packages sales", "U_BOB")
    refused = await place.type("packages sales add toolz", "U_BOB")
    assert "소유자에게 요청하세요: 패키지 변경" in refused


async def test_packages_of_a_stopped_server_are_not_changed(place):
    await place.server("sales", status=Status.STOPPED)
    assert "only while `sales` is running" in await place.type("packages sales add toolz")

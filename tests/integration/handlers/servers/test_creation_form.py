"""The form of a new server: opened by `create`, filled from Azure, checked field by field."""

from datetime import timedelta
from decimal import Decimal

import pytest

from handlers.kit import action_ids
from handlers.servers.creation_form import CreationDraft, creation_form
from provisioning.access.rights import ServerId
from provisioning.core.errors import PermanentError
from provisioning.core.model.cloud import Size
from provisioning.core.model.server import Failure, Status
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.create import Choice
from provisioning.servers.offers import Offer
from tests.integration.handlers.world import until

OFFER = Offer(Size("Standard_B2ms", 2, 8.0), Decimal("0.0912"))


async def opened(place, words="Create"):
    async def filled():
        view = await place.modal()
        return view if view and words in str(view) else None

    return await until(filled)


def values(**entered):
    return {
        "platform": "ubuntu",
        "release_ubuntu": "24.04",
        "size_ubuntu": "Standard_B2s",
    } | entered


async def test_create_without_arguments_opens_a_form_with_sizes_and_prices(place):
    answer = await place.type_raw("create")
    assert answer["error"] is None
    view = str(await opened(place))
    assert "2 cores, 4 GiB · $0.0416/h · $10/month · Standard_B2ms" in view
    assert "openSUSE Leap" in view


async def test_sizes_beyond_the_quota_are_not_offered(place):
    place.cloud.sold = ("Standard_B2ms",)
    await place.type_raw("create")
    view = str(await opened(place))
    assert "Standard_B2ms" in view
    assert "Standard_D2s_v5" not in view


async def test_the_form_shows_why_azure_refuses(place):
    reason = "Azure does not know the subscription. Tell an admin."
    place.cloud.failures["fitting_sizes"] = [PermanentError(reason, "SubscriptionNotFound")]
    await place.type_raw("create")
    assert reason in str(await opened(place, "Azure does not know"))


async def test_a_submitted_form_creates_the_server_and_restates_the_request(place):
    await place.type_raw("create")
    await opened(place)
    await place.submit(values(size_ubuntu="Standard_B2ms", name="sales"))
    assert "I'm creating `sales`" in str(await opened(place, "I'm creating"))
    (server,) = await place.store.list_servers()
    assert (server.name, server.size, server.owner) == ("sales", "Standard_B2ms", "U_ANA")
    assert place.work.asked == [("create", server.id)]


@pytest.mark.parametrize("name", ["Ünïcode", "a_b", "list"])
async def test_a_bad_name_has_its_error_at_the_field_and_can_be_corrected(place, name):
    await place.type_raw("create")
    await opened(place)
    answer = await place.submit(values(name=name))
    assert list(answer["errors"]) == ["name"]
    assert await place.store.list_servers() == []
    await place.submit(values(name="better"))
    await opened(place, "I'm creating `better`")


async def test_a_form_beyond_a_members_limits_asks_the_approvers(place):
    for name in ("one", "two", "three"):
        await place.server(name, status=Status.RUNNING)
    await place.type_raw("create")
    await opened(place)
    await place.submit(values(name="four"))
    assert "I asked <@U_EVE>" in str(await opened(place, "server 4 of at most 3"))


async def test_a_form_that_slack_delivers_twice_creates_one_server(place):
    await place.type_raw("create")
    await opened(place)
    await place.faults(duplicate_envelopes=1)
    await place.submit(values())
    await place.tasks.drain(60)
    assert len(await place.store.list_servers()) == 1


async def test_the_button_of_the_overview_opens_the_form(place):
    assert "New server" in await place.type("")
    (overview,) = await place.ephemerals()
    await place.click(overview, action_ids.CREATE_BUTTON)
    await opened(place)


async def test_admins_see_all_servers_and_members_do_not(place):
    await place.server("sales", owner="U_BOB", status=Status.RUNNING)
    assert "<@U_BOB>" in await place.type("list --all", user="U_EVE")
    assert "for admins" in await place.type("list --all")


async def test_a_list_can_show_one_state(place):
    await place.server("sales", status=Status.RUNNING)
    await place.server("models", status=Status.STOPPED)
    answer = await place.type("list stopped")
    assert "models" in answer
    assert "sales" not in answer
    assert "Did you mean `stopped`" in await place.type("list stoped")


async def failed_card(place, code, elsewhere=()):
    server = await place.server("sales")
    failed = await place.store.update(
        server.id,
        server.generation,
        status=Status.FAILED,
        failure=Failure("There is no room for it.", code),
        elsewhere=elsewhere,
    )
    await place.cards.update_state(failed)
    (card,) = await place.dms()
    return failed, card


async def test_a_failed_creation_is_tried_again_once_however_often_the_button_is_clicked(place):
    failed, card = await failed_card(place, "DnsRecordInUse")
    assert action_ids.OTHER_SIZE_BUTTON not in str(card)
    for _ in range(2):
        await place.click(card, action_ids.AGAIN_BUTTON)

    async def told_twice():
        said = [m["text"] for m in await place.ephemerals() if "creating `sales`" in m["text"]]
        return said if len(said) == 2 else None

    said = await until(told_twice)
    assert any("already" in text for text in said)
    (again,) = await place.store.list_servers()
    assert (again.name, again.size, again.platform) == ("sales", failed.size, failed.platform)


async def test_a_size_that_is_not_available_is_replaced_in_the_form(place):
    _, card = await failed_card(place, "SkuNotAvailable")
    await place.click(card, action_ids.OTHER_SIZE_BUTTON)
    view = await opened(place)
    assert "'initial_value': 'sales'" in str(view)


async def test_the_button_of_another_region_creates_one_server_there(place):
    failed, card = await failed_card(place, "AllocationFailed", ("northeurope",))
    assert "`northeurope` had room" in str(card)
    for _ in range(2):
        await place.click(card, action_ids.OTHER_REGION_BUTTON)

    async def told_twice():
        said = [m["text"] for m in await place.ephemerals() if "creating `sales`" in m["text"]]
        return said if len(said) == 2 else None

    said = await until(told_twice)
    assert all("in northeurope" in text for text in said)
    assert any("already" in text for text in said)
    (made,) = await place.store.list_servers()
    assert (made.region, made.size, made.id != failed.id) == ("northeurope", failed.size, True)


async def test_a_click_on_a_region_after_a_second_try_shows_the_servers_state(place):
    failed, card = await failed_card(place, "AllocationFailed", ("northeurope",))
    again = (await place.creations.create_again(place.member("U_ANA"), ServerId(failed.id))).server
    await place.store.update(again.id, again.generation, status=Status.RUNNING)

    await place.click(card, action_ids.OTHER_REGION_BUTTON)

    async def told():
        return [m for m in await place.ephemerals() if "`sales` is running" in m["text"]]

    (said,) = await until(told)
    assert "asked for that already, so nothing was done" in said["text"]


async def test_a_region_is_chosen_in_the_form_and_has_its_own_sizes(place):
    place.cloud.sold_in = {"northeurope": ("Standard_D2s_v5",)}
    await place.type_raw("create")
    await opened(place)
    await place.choose("region", "northeurope")
    view = str(await opened(place, "size_ubuntu_northeurope"))
    assert "Standard_B2s" not in view
    await place.submit(
        {"platform": "ubuntu", "release_ubuntu": "24.04", "region": "northeurope", "name": "sales"}
    )
    await opened(place, "in northeurope")
    (server,) = await place.store.list_servers()
    assert (server.region, server.size) == ("northeurope", "Standard_D2s_v5")


async def test_the_form_of_a_full_region_still_offers_another_region(place):
    place.cloud.full = {"westeurope": place.cloud.sold}
    await place.type_raw("create")
    view = await opened(place, "no size left for Ubuntu in westeurope")
    assert "submit" not in view
    await place.choose("region", "northeurope")
    assert "Standard_B2s" in str(await opened(place, "size_ubuntu_northeurope"))


async def test_every_option_is_in_the_form_and_in_the_row(place):
    await place.type_raw("create")
    view = str(await opened(place))
    for words in ("Keep it on for", "Packages to add", "Git repository", "Share it with"):
        assert words in view
    await place.submit(
        values(
            name="sales",
            keep="8",
            packages="polars>=1.0\nseaborn",
            repository_ubuntu="https://github.com/jupyter/notebook",
            share=["U_BOB"],
        )
    )
    await place.tasks.drain(60)
    (server,) = await place.store.list_servers()
    assert (server.keep_seconds, server.packages) == (8 * 3600, ("polars>=1.0", "seaborn"))
    assert server.repository == "https://github.com/jupyter/notebook"
    assert [share.member for share in await place.stores.shares.shares(server.id)] == ["U_BOB"]
    assert [job for job, _ in place.work.asked] == ["create", "packages", "people"]


@pytest.mark.parametrize(
    ("field", "entered", "words"),
    [
        ("packages", "git+https://x/y", "not a package"),
        ("repository_ubuntu", "http://example.com/a", "https address"),
        ("share", ["U_MAL"], "may not use notebook servers"),
        ("share", ["U_ANA"], "already are the owner"),
    ],
)
async def test_a_bad_value_has_its_error_at_the_field(place, field, entered, words):
    await place.type_raw("create")
    await opened(place)
    answer = await place.submit(values(**{field: entered}))
    assert list(answer["errors"]) == [field]
    assert words in answer["errors"][field]
    assert await place.store.list_servers() == []


async def test_windows_takes_a_repository_without_its_history(place):
    choice = Choice(("westeurope",), "westeurope", [OFFER], timedelta(0))
    form = str(creation_form(get_platform("windows"), choice, CreationDraft("windows")))
    assert "repository_windows" in form
    assert "latest commit, without the history" in form
    await place.type("create windows sales --repo https://github.com/a/b")
    server = await until(lambda: place.store.find("sales"))
    assert (server.platform, server.repository) == ("windows", "https://github.com/a/b")


async def test_every_option_can_be_typed(place):
    text = "create ubuntu sales --keep 2d --repo https://github.com/a/b --share @bob"
    await place.type(f"{text} --packages polars,seaborn")
    server = await until(lambda: place.store.find("sales"))
    assert (server.keep_seconds, server.packages) == (2 * 86_400, ("polars", "seaborn"))
    assert (server.repository, server.access_list.version) == ("https://github.com/a/b", 1)
    assert "at most 72 hours ahead" in await place.type("create ubuntu more --keep 7d")


async def test_the_form_offers_disks_with_their_price_and_makes_the_chosen_one(place):
    await place.type_raw("create")
    view = str(await opened(place))
    assert "32 GB · $2.40 a month" in view
    assert "2048 GB · $153.60 a month" in view
    await place.submit(values(disk_ubuntu="128", name="sales"))
    assert "with a disk of 128 GB" in str(await opened(place, "I'm creating"))
    (server,) = await place.store.list_servers()
    assert server.disk_gb == 128


async def test_a_disk_typed_without_a_platform_is_chosen_in_the_form(place):
    await place.type_raw("create --disk 256")
    view = await opened(place)
    (block,) = [each for each in view["blocks"] if each["block_id"] == "disk_ubuntu"]
    assert block["element"]["initial_option"]["value"] == "256"

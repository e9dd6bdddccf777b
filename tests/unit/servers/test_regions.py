"""The region of a new server, and the other regions that have room for it."""

from datetime import timedelta

import pytest

from bot.config.settings import AzureSettings
from bot.wiring.stores import Stores
from provisioning.access.rights import ServerId
from provisioning.core.errors import NotYet, UserError
from provisioning.core.model.events import Event
from provisioning.core.model.limits import Limits, Load, OwnLimits
from provisioning.core.model.people import Member
from provisioning.core.model.policy import LimitPolicy, Policy
from provisioning.core.model.server import Status
from provisioning.limits.approval import Approval
from provisioning.servers.choices import choose_region
from provisioning.servers.create import CreateRequest
from provisioning.servers.regions import Regions
from tests.databases import migrated_database
from tests.fake_cloud import FakeCloud
from tests.fakes import FakeClock
from tests.use_cases import ServerUseCases

ANA, BOB = Member("U_ANA", "Ana"), Member("U_BOB", "Bob")
HERE, THERE, FAR = "westeurope", "northeurope", "eastus"


class Work:
    """A queue of jobs that only counts them."""

    def __init__(self) -> None:
        self.begun = []

    async def begin(self, job, server, key=""):
        self.begun.append(job)


class House(ServerUseCases):
    """The use cases of an installation with three regions, on a real SQLite file."""

    def __init__(self, stores) -> None:
        self.cloud, self.clock, self.work = FakeCloud(), FakeClock(), Work()
        self.policy = Policy(HERE, (THERE, FAR), LimitPolicy(approval_ttl=timedelta(days=1)))
        super().__init__(stores, self.cloud, self.work, self.clock, self.policy)
        self.regions = Regions(self.cloud, stores.limits, self.policy)

    async def create(self, key="t1", **parts):
        request = CreateRequest(ANA, "ubuntu", parts.pop("name", None), None, key, **parts)
        return await self.creations.create(request)

    async def failed(self, **parts):
        server = (await self.create(**parts)).server
        return await self.store.update(server.id, server.generation, status=Status.FAILED)

    async def limit(self, **own):
        event = Event(self.clock.now(), "U_EVE", "limits", None, "accepted")
        await self.stores.limits.set_own_limits("U_ANA", OwnLimits(**own), event)


@pytest.fixture
async def house(tmp_path):
    engine = await migrated_database(tmp_path)
    stores = Stores(engine)
    yield House(stores)
    await stores.close()


@pytest.mark.parametrize(
    ("typed", "region"),
    [("northeurope", THERE), ("North Europe", THERE), ("NORTHEUROPE", THERE), ("eastus", FAR)],
)
def test_a_region_is_understood_as_the_portal_and_as_azure_write_it(typed, region):
    assert choose_region(typed, (HERE, THERE, FAR)) == region


@pytest.mark.parametrize(
    ("typed", "words"),
    [("northeurop", "Did you mean `northeurope`"), ("mars", "Choose one of: `westeurope`")],
)
def test_any_other_region_is_refused_with_the_known_ones(typed, words):
    with pytest.raises(UserError) as refusal:
        choose_region(typed, (HERE, THERE, FAR))
    assert words in refusal.value.message


def test_the_settings_hold_each_region_once_and_the_first_one_first():
    azure = AzureSettings(region="West Europe", other_regions="NorthEurope, westeurope northeurope")
    assert (azure.region, azure.other_regions) == (HERE, (THERE,))


async def test_a_server_is_created_in_the_named_region_or_in_the_first(house):
    assert (await house.create(key="t1")).server.region == HERE
    assert (await house.create(key="t2", region="North Europe")).server.region == THERE


async def test_an_unknown_region_is_an_error_of_its_field(house):
    with pytest.raises(UserError) as refusal:
        await house.create(region="mars")
    assert refusal.value.field == "region"
    assert house.work.begun == []


async def test_the_default_is_the_first_region_that_the_members_limits_allow(house):
    await house.limit(regions=(FAR, THERE))
    assert (await house.create()).server.region == THERE


async def test_a_region_beyond_the_members_limits_becomes_a_question_with_that_region(house):
    await house.limit(regions=(HERE,))
    asked = await house.create(region=THERE)
    assert isinstance(asked, Approval)
    assert (asked.region, asked.request.region) == (THERE, THERE)
    assert "northeurope is not among westeurope" in str(asked.reasons)


def test_a_limit_by_region_ignores_case():
    assert Limits(regions=("NorthEurope",)).allow_region(THERE)
    assert not Limits(regions=(HERE,)).allow_region(THERE)


async def test_a_size_that_a_region_does_not_sell_is_refused_with_regions_that_do(house):
    house.cloud.sold_in = {HERE: ("Standard_B2ms",)}
    with pytest.raises(UserError) as refusal:
        await house.create()
    assert "`--region`: `northeurope`, `eastus`" in refusal.value.message


async def test_other_regions_are_offered_if_they_have_room_and_the_image(house):
    server = (await house.create()).server
    assert await house.regions.elsewhere(server) == [THERE, FAR]
    house.cloud.full = {FAR: (server.size,)}
    assert await house.regions.elsewhere(server) == [THERE]
    house.cloud.gone_images = ("Canonical:ubuntu-24_04-lts:server",)
    assert await house.regions.elsewhere(server) == []


async def test_a_region_that_does_not_answer_is_not_offered(house):
    server = (await house.create()).server
    house.cloud.failures["fitting_sizes"] = [NotYet("Azure does not answer")]
    assert len(await house.regions.elsewhere(server)) == 1


async def test_a_region_beyond_the_owners_limits_is_not_offered(house):
    server = (await house.create()).server
    await house.limit(regions=(HERE, FAR))
    assert await house.regions.elsewhere(server) == [FAR]


async def test_a_failed_creation_is_retried_in_another_region_once(house):
    failed = await house.failed(name="sales", keep=timedelta(hours=4), packages=("polars>=1.0",))
    made = await house.creations.create_again(ANA, ServerId(failed.id), THERE)
    later = [
        await house.creations.create_again(ANA, ServerId(failed.id), THERE),
        await house.creations.create_again(ANA, ServerId(failed.id), FAR),
        await house.creations.create_again(ANA, ServerId(failed.id)),
    ]
    assert (made.server.region, made.server.name, made.is_new) == (THERE, "sales", True)
    assert {(each.server.id, each.is_new) for each in later} == {(made.server.id, False)}
    assert (made.server.keep_seconds, made.server.packages) == (4 * 3600, ("polars>=1.0",))
    assert [each.id for each in await house.store.list_servers()] == [made.server.id]


async def test_a_retry_that_failed_is_retried_in_its_own_region(house):
    failed = await house.failed(region=THERE)
    assert (await house.creations.create_again(ANA, ServerId(failed.id))).server.region == THERE


@pytest.mark.parametrize(("actor", "region"), [(BOB, THERE), (ANA, "mars")])
async def test_a_retry_needs_the_owner_and_a_region_of_the_installation(house, actor, region):
    failed = await house.failed(name="sales")
    with pytest.raises(UserError):
        await house.creations.create_again(actor, ServerId(failed.id), region)
    assert await house.store.list_servers() == []


async def test_the_form_offers_the_members_own_region_first_and_their_longest_time(house):
    await house.limit(regions=(THERE,), lifetime=timedelta(hours=5))
    house.cloud.full = {THERE: ("Standard_B2s",)}
    choice = await house.creations.choice("U_ANA", "ubuntu", "")
    assert (choice.region, choice.regions) == (THERE, (HERE, THERE, FAR))
    assert "Standard_B2s" not in [offer.size.name for offer in choice.offers]
    assert choice.keep_at_most == timedelta(hours=5)


async def test_a_server_is_not_kept_on_for_longer_than_it_may_run(house):
    await house.limit(lifetime=timedelta(hours=5))
    with pytest.raises(UserError, match="may run for 5 hours") as refusal:
        await house.create(keep=timedelta(hours=6))
    assert refusal.value.field == "keep"
    assert (await house.create(keep=timedelta(hours=5))).server.keep_seconds == 5 * 3600


async def test_a_limit_of_the_lifetime_asks_no_approver(house):
    server = (await house.create(keep=timedelta(hours=6))).server
    assert Limits(lifetime=timedelta(hours=1)).excesses(Load(1, 2), server) == []

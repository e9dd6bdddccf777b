"""The use cases of a server's life: rights, results and refusals."""

import asyncio
from datetime import timedelta

import pytest

from bot.wiring.stores import Stores
from provisioning.access.rights import ServerId
from provisioning.core.errors import NotYet, UserError
from provisioning.core.model.people import Member
from provisioning.core.model.policy import LimitPolicy, Policy
from provisioning.core.model.server import Job, Remains, Status
from provisioning.limits.approval import ApprovalStatus
from provisioning.limits.checks import MOST_QUESTIONS
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.create import CreateRequest
from tests.databases import migrated_database
from tests.fake_cloud import FakeCloud
from tests.fakes import FakeClock
from tests.use_cases import ServerUseCases

ANA, BOB = Member("U_ANA", "Ana"), Member("U_BOB", "Bob")


class WorkList:
    """A queue of jobs that records what was begun."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, str]] = []

    async def begin(self, job, server, key=""):
        self.begun.append((job, server.id))


class House(ServerUseCases):
    """The use cases on a real SQLite file."""

    def __init__(self, stores: Stores) -> None:
        self.clock, self.work = FakeClock(), WorkList()
        self.cloud = FakeCloud()
        policy = Policy(servers_per_member=3, limits=LimitPolicy(approval_ttl=timedelta(0)))
        super().__init__(stores, self.cloud, self.work, self.clock, policy)
        self._triggers = 0

    def by(self, policy):
        """Return the use cases under another policy."""
        return ServerUseCases(self.stores, self.cloud, self.work, self.clock, policy)

    async def create(
        self, actor=ANA, name=None, platform="ubuntu", size=None, key=None, release=None
    ):
        self._triggers += 1
        key = key or f"trigger-{self._triggers}"
        request = CreateRequest(actor, platform, name, size, key, release)
        return await self.creations.create(request)

    async def created(self, status=Status.RUNNING, **request):
        server = (await self.create(**request)).server
        return await self.store.update(server.id, server.generation, status=status)


@pytest.fixture
async def house(tmp_path):
    engine = await migrated_database(tmp_path)
    stores = Stores(engine)
    yield House(stores)
    await stores.close()


async def test_a_creation_is_stored_priced_and_begun(house):
    creation = await house.create(name="Sales")
    server = creation.server
    assert (server.name, server.owner, server.status) == ("sales", "U_ANA", Status.CREATING)
    assert str(server.price_per_hour) == "0.0416"
    assert creation.size.cores == 2
    assert house.work.begun == [("create", server.id)]
    assert [(e.actor, e.action) for e in await house.stores.audit.events(server.id)] == [
        ("U_ANA", "create")
    ]


async def test_a_request_without_a_name_gets_a_free_one(house):
    first, second = (await house.create()).server.name, (await house.create()).server.name
    assert first != second
    assert "-" in first


async def test_a_retried_request_creates_no_second_server(house):
    first = await house.create(name="sales", key="t1")
    again = await house.create(name="sales", key="t1")
    assert again.server == first.server
    assert not again.is_new
    assert len(await house.servers.list(ANA)) == 1


async def test_a_retry_is_answered_even_at_the_limit(house):
    for number in range(3):
        await house.create(key=f"t{number}")
    assert not (await house.create(key="t2")).is_new


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"platform": "ubunto"}, "Did you mean `ubuntu`"),
        ({"platform": "plan9"}, "`opensuse`, `ubuntu`"),
        ({"platform": "x" * 10_000}, "Choose one of"),
        ({"size": "Standard_B2mss"}, "Did you mean `Standard_B2ms`"),
        ({"size": "huge"}, "Choose one of"),
        ({"release": "4.10"}, "Choose one of: `24.04`, `26.04`"),
        ({"size": "Standard_E4s_v5"}, "does not sell"),
        ({"name": "x"}, "characters"),
        ({"name": "my server"}, "letters a-z"),
        ({"name": "list"}, "command word"),
    ],
)
async def test_a_bad_request_is_refused_with_what_to_do_next(house, request_, words):
    with pytest.raises(UserError) as refusal:
        await house.create(**request_)
    assert words in refusal.value.message
    assert len(refusal.value.message) < 500
    assert house.work.begun == []


async def test_a_release_is_kept_and_the_platforms_own_is_the_default(house):
    assert (await house.create()).server.release == "24.04"
    assert (await house.create(release="26.04")).server.release == "26.04"
    assert (await house.create(platform="opensuse")).server.release == "16.0"


async def test_the_first_release_that_the_region_has_is_taken(house):
    leap, sles = (get_platform("opensuse").release(name).image for name in ("16.0", "sles-16.0"))
    house.cloud.gone_images = (leap,)
    assert (await house.create(platform="opensuse")).server.release == "sles-16.0"
    house.cloud.gone_images = (leap, sles)
    assert (await house.create(platform="opensuse")).server.release == "15.6"
    with pytest.raises(UserError, match=r"does not offer openSUSE Leap 16\.0"):
        await house.create(platform="opensuse", release="16.0")


async def test_a_gone_image_is_refused_before_anything_is_created(house):
    house.cloud.gone_images = ("Canonical:ubuntu-24_04-lts:server",)
    with pytest.raises(UserError) as refusal:
        await house.create(name="sales", release="24.04")
    assert "does not offer Ubuntu 24.04 in westeurope" in refusal.value.message
    assert "`26.04`" in refusal.value.message
    assert (house.work.begun, await house.store.find("sales")) == ([], None)
    assert (await house.create(release="26.04")).is_new


async def test_a_cloud_that_does_not_answer_about_images_blocks_no_creation(house):
    house.cloud.failures["missing"] = [NotYet("Azure does not answer")]
    assert (await house.create()).is_new


async def test_a_taken_name_is_refused_for_all_members(house):
    await house.create(name="sales")
    with pytest.raises(UserError, match="already"):
        await house.create(actor=BOB, name="sales")


async def test_the_limit_of_servers_is_refused_with_the_servers_to_delete(house):
    names = [(await house.create()).server.name for _ in range(3)]
    with pytest.raises(UserError) as refusal:
        await house.create()
    assert all(name in refusal.value.message for name in names)
    await house.create(actor=BOB)


async def test_another_members_server_is_as_if_it_did_not_exist(house):
    server = await house.created(name="sales")
    for attempt in (
        house.rights.find(BOB, "sales"),
        house.servers.check_delete(BOB, "sales"),
        house.servers.reset_password(BOB, "sales", "click"),
    ):
        with pytest.raises(UserError, match="You have no server named `sales`"):
            await attempt
    for attempt in (
        house.servers.delete(BOB, ServerId(server.id)),
        house.servers.reset_password(BOB, ServerId(server.id), "click"),
    ):
        with pytest.raises(UserError, match="does not exist"):
            await attempt
    assert await house.servers.list(BOB) == []
    assert (await house.store.get(server.id)).status is Status.RUNNING


async def test_a_misspelt_name_gets_a_suggestion(house):
    await house.create(name="sales-2026")
    with pytest.raises(UserError, match="Did you mean `sales-2026`"):
        await house.rights.find(ANA, "sales-2062")


async def test_a_server_can_be_deleted_in_the_middle_of_its_creation(house):
    server = (await house.create()).server
    deleted = await house.servers.delete(ANA, ServerId(server.id))
    assert deleted.status is Status.DELETING
    assert deleted.generation == server.generation + 1
    assert house.work.begun[-1] == ("delete", server.id)


async def test_a_second_delete_is_refused_and_begins_nothing(house):
    server = await house.created()
    await house.servers.delete(ANA, ServerId(server.id))
    with pytest.raises(UserError, match="already being deleted"):
        await house.servers.delete(ANA, ServerId(server.id))
    assert house.work.begun.count(("delete", server.id)) == 1


async def test_a_deleted_server_can_not_be_deleted(house):
    server = await house.created(status=Status.DELETED)
    with pytest.raises(UserError, match="no longer exists"):
        await house.servers.delete(ANA, ServerId(server.id))


async def test_no_password_for_a_server_that_is_not_ready(house):
    await house.create(name="sales")
    with pytest.raises(UserError, match="as soon as the server is ready"):
        await house.servers.reset_password(ANA, "sales", "click")


async def test_a_ready_server_gets_a_new_password(house):
    server = await house.created(name="sales")
    await house.servers.reset_password(ANA, "SALES", "click")
    assert house.work.begun[-1] == ("password", server.id)


async def test_a_missing_server_keeps_its_name_and_can_only_be_deleted(house):
    server = await house.created(name="sales", status=Status.MISSING)
    for refused in (house.servers.start, house.servers.stop, house.servers.restart):
        with pytest.raises(UserError, match="no longer shows the machine of `sales`"):
            await refused(ANA, "sales")
    with pytest.raises(UserError, match="sales"):
        await house.create(name="sales")
    assert (await house.servers.delete(ANA, "sales")).status is Status.DELETING
    assert house.work.begun[-1] == ("delete", server.id)


@pytest.mark.parametrize("status", [Status.DELETED, Status.FAILED])
async def test_what_is_left_of_an_ended_server_is_listed_and_can_be_deleted(house, status):
    server = await house.created(status=status, name="sales")
    remains = Remains(Job.DELETE, "A lock is on it.")
    await house.store.update(server.id, server.generation, remains=remains, ended_at=None)
    house.clock.advance(days=30)
    assert [each.id for each in await house.servers.list(ANA)] == [server.id]
    await house.servers.check_delete(ANA, "sales")
    house.work.begun.clear()
    row = await house.servers.delete(ANA, "sales")
    assert house.work.begun == [(Job.CLEAN_UP, server.id)]
    assert (row.status, row.generation) == (status, server.generation)
    with pytest.raises(UserError):
        await house.servers.delete(BOB, ServerId(server.id))


async def test_failed_servers_stay_listed_for_a_day(house):
    server = await house.created(status=Status.FAILED)
    await house.store.update(server.id, server.generation, ended_at=house.clock.now())
    assert [each.id for each in await house.servers.list(ANA)] == [server.id]
    house.clock.advance(days=1, seconds=1)
    assert await house.servers.list(ANA) == []


@pytest.mark.parametrize(
    ("verb", "since", "to"),
    [
        ("stop", Status.RUNNING, Status.STOPPING),
        ("stop", Status.STARTING, Status.STOPPING),
        ("start", Status.STOPPED, Status.STARTING),
        ("restart", Status.RUNNING, Status.RESTARTING),
    ],
)
async def test_the_owner_changes_the_power_of_a_server(house, verb, since, to):
    server = await house.created(since, name="sales")
    changed = await getattr(house.servers, verb)(ANA, ServerId(server.id))
    assert (changed.status, changed.generation) == (to, server.generation + 1)
    assert house.work.begun[-1] == (verb, server.id)
    assert (await house.stores.audit.events(server.id))[0].action == verb


@pytest.mark.parametrize("verb", ["stop", "start", "restart", "delete"])
@pytest.mark.parametrize("status", list(Status))
async def test_every_transition_has_an_answer_in_every_state(house, verb, status):
    server = await house.created(status, name="sales")
    begun = len(house.work.begun)
    answer = (
        await asyncio.gather(
            getattr(house.servers, verb)(ANA, ServerId(server.id)), return_exceptions=True
        )
    )[0]
    if isinstance(answer, UserError):
        assert "`sales`" in answer.message
    else:
        assert answer.generation == server.generation + 1
    assert len(house.work.begun) - begun == (not isinstance(answer, UserError))


@pytest.mark.parametrize("verb", ["stop", "start", "restart"])
async def test_only_the_owner_changes_the_power_of_a_server(house, verb):
    server = await house.created(name="sales")
    with pytest.raises(UserError, match="does not exist"):
        await getattr(house.servers, verb)(BOB, ServerId(server.id))


async def test_of_two_clicks_at_once_one_stops_and_the_other_is_refused(house):
    server = await house.created(name="sales")
    answers = await asyncio.gather(
        *(house.servers.stop(ANA, ServerId(server.id)) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in answers) == ["Server", "UserError"]
    assert house.work.begun.count(("stop", server.id)) == 1


async def test_only_the_owner_retries_a_failed_creation(house):
    failed = await house.created(Status.FAILED, name="sales")
    with pytest.raises(UserError, match="does not exist"):
        await house.creations.create_again(BOB, ServerId(failed.id))
    again = await house.creations.create_again(ANA, ServerId(failed.id))
    assert (again.server.name, again.is_new) == ("sales", True)


async def test_a_server_that_did_not_fail_is_not_created_again(house):
    server = await house.created(name="sales")
    with pytest.raises(UserError, match="was created after all"):
        await house.creations.create_again(ANA, ServerId(server.id))


async def test_no_request_passes_the_maximum_of_the_installation(house):
    policy = Policy("westeurope", limits=LimitPolicy(servers=1))
    creations = house.by(policy).creations
    await creations.create(CreateRequest(ANA, "ubuntu", "one", None, "t1"))
    with pytest.raises(UserError, match="server 2 of at most 1"):
        await creations.create(CreateRequest(BOB, "ubuntu", "two", None, "t2"))
    assert await house.store.find("two") is None
    assert await house.stores.approvals.approvals(*ApprovalStatus) == []


async def test_a_member_has_few_open_questions_at_a_time(house):
    policy = Policy(servers_per_member=1)
    creations = house.by(policy).creations
    for number in range(1 + MOST_QUESTIONS):
        await creations.create(CreateRequest(ANA, "ubuntu", None, None, f"t{number}"))
    again = await creations.create(CreateRequest(ANA, "ubuntu", None, None, "t1"))
    assert again.request.request_key == "t1"
    with pytest.raises(UserError, match="withdraw one of them"):
        await creations.create(CreateRequest(ANA, "ubuntu", None, None, "one-more"))


@pytest.fixture
def with_gpus(house):
    policy = Policy(limits=LimitPolicy(gpus=True, approval_ttl=timedelta(0)))
    house.cloud.sold += ("Standard_NV6ads_A10_v5",)
    return house.by(policy).creations


async def test_a_request_for_a_gpu_gets_the_first_available_size(with_gpus):
    request = CreateRequest(ANA, "ubuntu", None, None, "t1", gpu=True)
    assert (await with_gpus.create(request)).server.size == "Standard_NV6ads_A10_v5"
    sizes = [offer.size.name for offer in (await with_gpus.choice("U_ANA", "ubuntu", "")).offers]
    assert "Standard_NV6ads_A10_v5" in sizes


@pytest.mark.parametrize(
    ("platform", "size", "release", "words"),
    [
        ("opensuse", None, None, "not offered for openSUSE"),
        ("ubuntu", "Standard_B2s", None, "has no GPU"),
        ("ubuntu", None, "26.04", "Choose another release: `24.04`"),
        ("windows", None, "2025", "Choose another release: `2022`"),
    ],
)
async def test_a_gpu_that_would_not_work_is_refused(with_gpus, platform, size, release, words):
    request = CreateRequest(ANA, platform, None, size, "t1", release, gpu=True)
    with pytest.raises(UserError) as refusal:
        await with_gpus.create(request)
    assert words in refusal.value.message


async def test_gpus_are_offered_only_if_the_admin_allows_them(house):
    house.cloud.sold += ("Standard_NV6ads_A10_v5",)
    assert "NV6ads" not in str(await house.creations.choice("U_ANA", "ubuntu", ""))
    with pytest.raises(UserError, match="not offered"):
        await house.creations.create(CreateRequest(ANA, "ubuntu", None, None, "t1", gpu=True))

"""The bot's two roles, enforced: without any of their rights something is refused, and doctor
names the right."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.doctor.diagnosis import examine
from bot.doctor.rights import rights
from bot.doctor.surroundings import Surroundings
from provisioning.adapters.azure.cloud import open_cloud
from provisioning.adapters.azure.config import OpenPorts, Patience
from provisioning.core.errors import PermanentError
from provisioning.core.model.cloud import CloudRight, RightsGranted
from provisioning.core.model.server import Snapshot
from tests.integration.adapters.azure.test_role import DOCS, GPU, live

ROLES = [
    json.loads((Path(DOCS) / name).read_text())
    for name in ("azure-role.json", "azure-role-subscription.json")
]
GROUP_ROLE, READING_ROLE = ROLES
RIGHTS = [pytest.param(role, action, id=action) for role in ROLES for action in role["Actions"]]
IMAGES = "Microsoft.Compute/locations/publishers/artifacttypes/offers/skus/versions/read"
PROVIDERS = "Microsoft.Resources/subscriptions/providers/read"
GOES_ON = {IMAGES}
"""Rights without which the bot works, and assumes what it can't see."""


@pytest.fixture
async def new_cloud(config):
    """A cloud in a subscription that is not registered for anything yet."""
    cloud = open_cloud(config, "test", OpenPorts(), patience=Patience(delete=10))
    yield cloud
    await cloud.account.close()


async def doctor(cloud) -> str:
    """Return what doctor says of the rights."""
    surroundings = Surroundings(None, None, cloud, None, None, None)  # it looks at the cloud alone
    return "\n".join(each.line for each in await examine({"rights": rights}, surroundings))


@pytest.mark.long
@pytest.mark.parametrize(("role", "action"), RIGHTS)
async def test_without_a_right_something_is_refused_and_doctor_names_the_right(
    new_cloud, server, azure, role, action
):
    await azure.set_role(role["Name"], [each for each in role["Actions"] if each != action])
    said = await doctor(new_cloud)
    assert f"`{action}`" in said
    if action in GOES_ON:
        await the_whole_life(new_cloud, server)
        return

    with pytest.raises(PermanentError) as refused:
        await the_whole_life(new_cloud, server)

    if action == PROVIDERS:
        assert refused.value.code == "MissingSubscriptionRegistration"
        return
    assert refused.value.code == "AuthorizationFailed"
    assert action.lower() in str(refused.value.for_admins).lower()


@pytest.mark.parametrize(
    ("role", "action"),
    [
        (GROUP_ROLE, "Microsoft.Compute/disks/read"),
        (GROUP_ROLE, "Microsoft.Network/virtualNetworks/subnets/join/action"),
        (READING_ROLE, "Microsoft.Compute/register/action"),
        (READING_ROLE, "Microsoft.Authorization/permissions/read"),
    ],
)
async def test_a_few_of_them_are_refused_in_the_same_way(new_cloud, server, azure, role, action):
    await test_without_a_right_something_is_refused_and_doctor_names_the_right(
        new_cloud, server, azure, role, action
    )


async def the_whole_life(cloud, server):
    await cloud.account.check()
    until = datetime(2026, 12, 1, 9, tzinfo=UTC)
    await live(cloud, replace(server, size=GPU, snapshot=Snapshot("word", until)))


async def test_doctor_is_content_with_the_two_roles(cloud):
    said = await doctor(cloud)
    assert said == "ok       rights: Azure grants the bot all that it needs, and nothing else."


async def test_doctor_names_what_is_granted_without_need(cloud, azure):
    await azure.set_role(GROUP_ROLE["Name"], [*GROUP_ROLE["Actions"], "Microsoft.Compute/*"])

    granted = await cloud.presence.rights()

    everything = CloudRight("Microsoft.Compute/*", "resourceGroups/group")
    assert granted == RightsGranted((), (everything,))
    said = await doctor(cloud)
    assert said.startswith("warning  rights: The bot may do more than it needs")
    assert "`Microsoft.Compute/*` on `resourceGroups/group`" in said


async def test_doctor_names_every_missing_right_with_what_it_is_for(cloud, azure):
    await azure.set_role(GROUP_ROLE["Name"], [])

    said = await doctor(cloud)

    assert all(f"`{action}`" in said for action in GROUP_ROLE["Actions"])
    start = "`Microsoft.Compute/virtualMachines/start/action` on `resourceGroups/group`"
    assert f"{start}, to start machines;" in said
    assert "definition update --role-definition FILE" in said


async def test_a_role_at_the_subscription_holds_in_the_group_too(cloud, azure):
    everything = [*GROUP_ROLE["Actions"], *READING_ROLE["Actions"]]
    await azure.set_role(GROUP_ROLE["Name"], [])
    await azure.set_role(READING_ROLE["Name"], everything)

    granted = await cloud.presence.rights()

    assert granted.missing == ()
    assert {each.action for each in granted.beyond} == set(GROUP_ROLE["Actions"])
    assert all(each.scope.startswith("subscriptions/") for each in granted.beyond)

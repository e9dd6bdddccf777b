"""Which images the region offers, by the real SDK."""

from dataclasses import replace

import pytest

from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.cloud import Boot
from provisioning.platforms.catalogue import get_platform
from provisioning.servers.offers import gone_releases

UBUNTU, NEWER = "Canonical:ubuntu-24_04-lts:server", "Canonical:ubuntu-26_04-lts:server"


async def test_every_image_of_the_platforms_is_offered(cloud):
    assert await gone_releases(cloud.images, "westeurope") == []


async def test_a_missing_image_is_reported_with_platform_and_release(cloud, azure):
    await azure.fault("images/ubuntu-26_04-lts/server.get", "PlatformImageNotFound")

    [gone] = await gone_releases(cloud.images, "westeurope")

    assert (gone.platform, gone.release, gone.image) == ("ubuntu", "26.04", NEWER)


async def test_an_answer_is_cached_for_an_hour(cloud, azure):
    await azure.fault("images/ubuntu-26_04-lts/server.get", "PlatformImageNotFound")
    assert await cloud.images.missing([UBUNTU, NEWER], "westeurope") == [NEWER]
    assert await cloud.images.missing([UBUNTU, NEWER], "westeurope") == [NEWER]

    asked = [r for r in await azure.requests() if r.name == "versions"]
    assert len(asked) == 2


@pytest.mark.parametrize("image", ["Canonical:no-such-offer:server", "nobody:a:b"])
async def test_an_unknown_reference_is_missing(cloud, image):
    assert await cloud.images.missing([image], "westeurope") == [image]


async def test_without_the_right_to_read_images_count_as_offered(cloud, azure):
    await azure.fault("images/*", "AuthorizationFailed")

    assert await cloud.images.missing([UBUNTU], "westeurope") == []


async def test_a_failing_azure_is_not_yet_and_marks_no_image_missing(cloud, azure):
    await azure.fault("images/*", "server_error", count=20)

    with pytest.raises(NotYet):
        await cloud.images.missing([UBUNTU], "westeurope")


async def test_the_machine_is_made_of_the_chosen_release(cloud, azure, server):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    newer = replace(server, release="26.04")
    await cloud.machines.ensure_vm(
        newer, get_platform("ubuntu"), Boot("notebook-admin", "ssh-ed25519 A", "")
    )

    body = await azure.body_of("PUT", "nb-abc123def456-vm")
    assert body["properties"]["storageProfile"]["imageReference"]["offer"] == "ubuntu-26_04-lts"


async def test_a_deprecated_image_is_as_good_as_gone(cloud, azure):
    await azure.set_image(UBUNTU, "Deprecated")
    await azure.set_image(NEWER, "Deleted")
    assert await cloud.images.missing([UBUNTU, NEWER], "westeurope") == [UBUNTU, NEWER]


async def test_an_image_that_will_be_deprecated_is_still_offered(cloud, azure):
    await azure.set_image(UBUNTU, "ScheduledForDeprecation")
    assert await cloud.images.missing([UBUNTU], "westeurope") == []


async def test_an_image_without_trusted_launch_gets_a_machine_without_it(cloud, server, azure):
    suse = replace(server, platform="opensuse", release="15.6")
    await create(cloud, suse, get_platform("opensuse"))
    body = await azure.body_of("PUT", f"nb-{server.id}-vm")
    assert "securityProfile" not in body["properties"]


async def test_an_image_that_was_deprecated_meanwhile_is_refused_with_a_next_step(
    cloud, server, azure
):
    assert await cloud.images.missing([UBUNTU], "westeurope") == []
    await azure.set_image(UBUNTU, "Deprecated")

    with pytest.raises(PermanentError, match="no longer has this platform's image") as refused:
        await create(cloud, server, get_platform("ubuntu"))

    assert refused.value.code == "PlatformImageNotFound"


async def create(cloud, server, platform):
    await cloud.network.ensure_network("westeurope")
    await cloud.network.ensure_address(server)
    await cloud.network.ensure_nic(server)
    await cloud.machines.ensure_vm(server, platform, Boot("notebook-admin", "ssh-ed25519 A b", ""))

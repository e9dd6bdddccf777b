"""The marketplace's images: versions, features, and how they end."""

import pytest

SUSE, UBUNTU = "SUSE:opensuse-leap-15-6:gen2", "Canonical:ubuntu-24_04-lts:server"


async def newest(portal, image):
    images, place = portal.compute.virtual_machine_images, ("westeurope", *image.split(":"))
    [version] = await images.list(*place, top=1, orderby="name desc")
    return await images.get(*place, version.name)


async def test_a_version_says_what_it_supports(portal):
    ubuntu, suse = await newest(portal, UBUNTU), await newest(portal, SUSE)
    first = await newest(portal, f"{UBUNTU}-gen1")

    assert ubuntu.name == "24.04.202611050"
    assert (ubuntu.hyper_v_generation, first.hyper_v_generation) == ("V2", "V1")
    assert ubuntu.image_deprecation_status.image_state == "Active"
    assert "TrustedLaunchSupported" in {each.value for each in ubuntu.features}
    assert "SecurityType" not in {each.name for each in [*suse.features, *first.features]}


@pytest.mark.parametrize("image", [SUSE, f"{UBUNTU}-gen1"])
async def test_trusted_launch_needs_an_image_that_supports_it(portal, image):
    nic = await portal.make_nic("nic")
    body = portal.vm_body(nic.id, image=image)
    body["properties"]["securityProfile"] = {"securityType": "TrustedLaunch"}

    error = await portal.refused(
        portal.compute.virtual_machines.begin_create_or_update("rg", "vm", body)
    )

    assert (error.status_code, error.error.code) == (400, "BadRequest")
    assert error.error.message.startswith("Use of TrustedLaunch setting is not supported for the")


@pytest.mark.parametrize(
    ("state", "code"),
    [("Deprecated", "ImageVersionDeprecated"), ("Deleted", "PlatformImageNotFound")],
)
async def test_an_image_at_its_end_is_refused_and_comes_back(portal, state, code):
    await portal.sandbox("POST", "images", {"image": UBUNTU, "state": state})
    nic = await portal.make_nic("nic")
    begin = portal.compute.virtual_machines.begin_create_or_update

    error = await portal.refused(begin("rg", "vm", portal.vm_body(nic.id)))

    assert (error.status_code, error.error.code) == (404, code)
    await portal.sandbox("POST", "images", {"image": UBUNTU, "state": "Active"})
    assert await (await begin("rg", "vm", portal.vm_body(nic.id))).result()


async def test_a_deprecated_image_is_still_shown_with_its_state(portal):
    await portal.sandbox("POST", "images", {"image": UBUNTU, "state": "Deprecated"})
    status = (await newest(portal, UBUNTU)).image_deprecation_status
    assert status.image_state == "Deprecated"


async def test_a_state_or_an_image_that_does_not_exist_is_refused(portal):
    url = f"{portal.url}/sandbox/images"
    for body in ({"image": UBUNTU, "state": "Old"}, {"image": "a:b:c", "state": "Active"}):
        async with portal.session.post(url, json=body) as response:
            assert response.status == 400

"""Locks as the subscription's owner sets them by ARM's own API, and what they forbid."""

import pytest

GROUP = "rg"
IN_GROUP = f"resourceGroups/{GROUP}"


@pytest.fixture
async def lock(portal, owner_portal):
    """Return a function that locks a scope of the subscription."""

    async def put(scope, level="CanNotDelete", name="keep"):
        where = f"{scope}/providers/Microsoft.Authorization/locks/{name}".lstrip("/")
        body = {"properties": {"level": level, "notes": "ask Eve"}}
        return await owner_portal.send("PUT", where, body)

    return put


async def test_a_lock_keeps_what_is_in_its_group_and_the_group(portal, lock):
    await portal.make_address("ip")
    status, made = await lock(IN_GROUP)
    assert (status, made["type"]) == (201, "Microsoft.Authorization/locks")
    assert made["properties"] == {"level": "CanNotDelete", "notes": "ask Eve"}

    error = await portal.refused(portal.network.public_ip_addresses.begin_delete(GROUP, "ip"))

    assert (error.status_code, error.error.code) == (409, "ScopeLocked")
    assert "cannot perform delete operation because following scope(s) are locked: '" in str(error)
    assert f"/{IN_GROUP}'. Please remove the lock and try again." in str(error)
    error = await portal.refused(portal.resources.resource_groups.begin_delete(GROUP))
    assert error.error.code == "ScopeLocked"
    assert (await portal.make_address("another")).name == "another"


async def test_a_lock_on_one_resource_leaves_the_others(portal, lock):
    await portal.make_address("ip")
    await portal.make_address("another")
    await lock(f"{IN_GROUP}/providers/Microsoft.Network/publicIPAddresses/ip")
    addresses = portal.network.public_ip_addresses

    error = await portal.refused(addresses.begin_delete(GROUP, "ip"))
    assert "/publicIPAddresses/ip'" in error.error.message
    await (await addresses.begin_delete(GROUP, "another")).result()
    error = await portal.refused(portal.resources.resource_groups.begin_delete(GROUP))
    assert error.error.code == "ScopeLocked", "something in it is locked"


async def test_read_only_forbids_every_write_and_allows_reads(portal, lock):
    await portal.make_vm()
    await lock("", "ReadOnly")
    vms = portal.compute.virtual_machines

    for change in (
        portal.make_address("ip"),
        vms.begin_deallocate(GROUP, "vm"),
        vms.begin_update(GROUP, "vm", {"tags": {"a": "b"}}),
        vms.begin_delete(GROUP, "vm"),
    ):
        assert (await portal.refused(change)).error.code == "ScopeLocked"
    assert (await vms.get(GROUP, "vm")).name == "vm"


async def test_a_removed_lock_forbids_nothing(portal, lock, owner_portal):
    await portal.make_address("ip")
    await lock(IN_GROUP)
    where = f"{IN_GROUP}/providers/Microsoft.Authorization/locks"
    status, listed = await owner_portal.send("GET", where)
    assert (status, [each["name"] for each in listed["value"]]) == (200, ["keep"])

    assert (await owner_portal.send("DELETE", f"{where}/keep"))[0] == 200
    assert (await owner_portal.send("DELETE", f"{where}/keep"))[0] == 204

    await (await portal.network.public_ip_addresses.begin_delete(GROUP, "ip")).result()


async def test_a_machines_deletion_spares_its_locked_interface(portal, lock):
    await portal.make_vm()
    await lock(f"{IN_GROUP}/providers/Microsoft.Network/networkInterfaces/vm-nic")

    await (await portal.compute.virtual_machines.begin_delete(GROUP, "vm")).result()

    nic = await portal.network.network_interfaces.get(GROUP, "vm-nic")
    assert nic.virtual_machine is None


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_the_bots_identity_has_no_right_to_locks(bot_portal, method):
    where = f"{IN_GROUP}/providers/Microsoft.Authorization/locks/keep"

    status, answer = await bot_portal.send(method, where, {"properties": {"level": "ReadOnly"}})

    assert (status, answer["error"]["code"]) == (403, "AuthorizationFailed")
    assert "'Microsoft.Authorization/locks/" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("scope", "level", "code"),
    [
        (IN_GROUP, "Never", "InvalidLockLevel"),
        ("resourceGroups/nothing", "ReadOnly", "ResourceGroupNotFound"),
    ],
)
async def test_a_lock_that_can_not_be_is_refused(lock, scope, level, code):
    _status, answer = await lock(scope, level)
    assert answer["error"]["code"] == code


async def test_locks_outlive_a_restart(tmp_path, machines, portal_type):
    from bot.sandbox.azure.app import LocalAzure

    where = "providers/Microsoft.Authorization/locks/keep"
    for method, expected in (("PUT", 201), ("GET", 200)):
        async with LocalAzure.running(tmp_path / "a", machines=machines, speed=1000) as server:
            portal = portal_type(server)
            body = {"properties": {"level": "ReadOnly"}}
            assert (await portal.send(method, where, body))[0] == expected
            await portal.close()

"""Run commands of both kinds, extensions, disks and snapshots."""

import pytest
from azure.core.exceptions import ResourceNotFoundError

GROUP = "rg"


async def finished(poller):
    return await (await poller).result()


def command(script, **more):
    return {"commandId": "RunShellScript", "script": [script], **more}


async def test_a_run_command_runs_on_the_machine_and_tells_its_output(portal):
    await portal.make_vm()
    parameters = [{"name": "WHO", "value": "o'tter; exit 3"}]

    result = await finished(
        portal.compute.virtual_machines.begin_run_command(
            GROUP, "vm", command('echo "hello $WHO"; echo oops >&2', parameters=parameters)
        )
    )

    assert "[stdout]\nhello o'tter; exit 3\n" in result.value[0].message
    assert "[stderr]\noops\n" in result.value[0].message
    status, headers = portal.answer("POST", "/runCommand")
    assert status == 202
    assert {"Azure-AsyncOperation", "Location"} <= set(headers)


async def test_only_the_end_of_a_long_output_is_told(portal):
    await portal.make_vm()

    result = await finished(
        portal.compute.virtual_machines.begin_run_command(
            GROUP, "vm", command("yes 123456789 | head -n 1000; echo end")
        )
    )

    output = result.value[0].message.partition("[stdout]\n")[2].partition("\n[stderr]")[0]
    assert len(output) == 4096
    assert output.endswith("123456789\nend\n")


async def test_run_commands_come_one_after_the_other(portal):
    await portal.make_vm()
    begin = portal.compute.virtual_machines.begin_run_command
    await portal.fault("virtualMachines.runCommand", "slow", factor=1000)
    await begin(GROUP, "vm", command("true"), polling=False)

    error = await portal.refused(begin(GROUP, "vm", command("true")))

    assert (error.status_code, error.error.code) == (409, "Conflict")


async def test_nothing_runs_on_a_stopped_machine(portal):
    await portal.make_vm()
    await finished(portal.compute.virtual_machines.begin_deallocate(GROUP, "vm"))

    error = await portal.refused(
        portal.compute.virtual_machines.begin_run_command(GROUP, "vm", command("true"))
    )

    assert (error.status_code, error.error.code) == (409, "OperationNotAllowed")


async def test_a_managed_run_command_keeps_its_result_and_hides_its_secrets(portal):
    await portal.make_vm()
    commands = portal.compute.virtual_machine_run_commands
    body = {
        "location": "westeurope",
        "properties": {
            "source": {"script": 'echo "${#PASSWORD}"; exit 4'},
            "protectedParameters": [{"name": "PASSWORD", "value": "tr0ub4dor"}],
        },
    }

    await finished(commands.begin_create_or_update(GROUP, "vm", "probe", body))

    found = await commands.get_by_virtual_machine(GROUP, "vm", "probe", expand="instanceView")
    assert (found.instance_view.exit_code, found.instance_view.output) == (4, "9\n")
    assert found.instance_view.execution_state == "Failed"
    assert found.provisioning_state == "Succeeded"
    assert "tr0ub4dor" not in str(found.as_dict())
    listed = commands.list_by_virtual_machine(GROUP, "vm")
    assert [each.name async for each in listed] == ["probe"]
    await finished(commands.begin_delete(GROUP, "vm", "probe"))
    with pytest.raises(ResourceNotFoundError):
        await commands.get_by_virtual_machine(GROUP, "vm", "probe")


def script_extension(script):
    return {
        "location": "westeurope",
        "properties": {
            "publisher": "Microsoft.Azure.Extensions",
            "type": "CustomScript",
            "typeHandlerVersion": "2.1",
            "protectedSettings": {"commandToExecute": script},
        },
    }


async def test_an_extension_runs_its_script(portal, tmp_path):
    await portal.make_vm()
    begin = portal.compute.virtual_machine_extensions.begin_create_or_update
    mark = tmp_path / "mark"

    extension = await finished(begin(GROUP, "vm", "setup", script_extension(f"touch {mark}")))

    assert extension.provisioning_state == "Succeeded"
    assert extension.protected_settings is None
    assert mark.exists()


async def test_a_failing_script_fails_its_extension_with_its_last_lines(portal):
    await portal.make_vm()
    begin = portal.compute.virtual_machine_extensions.begin_create_or_update

    error = await portal.refused(
        begin(GROUP, "vm", "setup", script_extension("echo no disk >&2; exit 5"))
    )

    assert error.error.code == "VMExtensionProvisioningError"
    assert "exit status=5" in error.error.message
    assert "no disk" in error.error.message


async def test_an_unknown_extension_is_refused(portal):
    await portal.make_vm()
    body = script_extension("true")
    body["properties"]["type"] = "Imaginary"
    begin = portal.compute.virtual_machine_extensions.begin_create_or_update

    error = await portal.refused(begin(GROUP, "vm", "setup", body))

    assert error.status_code == 404


async def test_extensions_go_with_their_machine(portal):
    await portal.make_vm()
    extensions = portal.compute.virtual_machine_extensions
    await finished(
        extensions.begin_create_or_update(GROUP, "vm", "setup", script_extension("true"))
    )

    await finished(portal.compute.virtual_machines.begin_delete(GROUP, "vm"))

    left = (await portal.sandbox("GET", "resources"))["resources"]
    assert [each["name"] for each in left] == ["vnet"]


async def test_a_snapshot_of_a_disk_outlives_the_machine(portal):
    await portal.make_vm()
    [disk] = [each async for each in portal.compute.disks.list_by_resource_group(GROUP)]
    source = {"createOption": "Copy", "sourceResourceId": disk.id}
    body = {"location": "westeurope", "properties": {"creationData": source}}

    snapshot = await finished(portal.compute.snapshots.begin_create_or_update(GROUP, "copy", body))
    assert portal.answer("PUT", "/snapshots/copy")[0] == 202
    await finished(portal.compute.virtual_machines.begin_delete(GROUP, "vm"))

    assert snapshot.provisioning_state == "Succeeded"
    found = [each async for each in portal.compute.snapshots.list_by_resource_group(GROUP)]
    assert [each.name for each in found] == ["copy"]
    await finished(portal.compute.snapshots.begin_delete(GROUP, "copy"))
    assert [each async for each in portal.compute.snapshots.list()] == []


async def test_a_disk_is_made_and_removed(portal):
    body = {
        "location": "westeurope",
        "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 8},
    }

    disk = await finished(portal.compute.disks.begin_create_or_update(GROUP, "data", body))

    assert (disk.disk_size_gb, disk.disk_state) == (8, "Unattached")
    assert portal.answer("PUT", "/disks/data")[0] == 202
    await finished(portal.compute.disks.begin_delete(GROUP, "data"))
    with pytest.raises(ResourceNotFoundError):
        await portal.compute.disks.get(GROUP, "data")

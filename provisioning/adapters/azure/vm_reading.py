"""Reading Azure's answers about a VM. Pure."""

from enum import Enum
from typing import TYPE_CHECKING

from provisioning.core.model.cloud import PowerState

if TYPE_CHECKING:
    from azure.mgmt.compute.models import VirtualMachine

POWER_STATES = {
    f"PowerState/{state}": state
    for state in PowerState
    if state not in (PowerState.ABSENT, PowerState.UNKNOWN)
}
"""The status code in a VM's instance view -> the bot's power state."""


def size_of(vm: "VirtualMachine") -> str:
    """Return the size in Azure's spelling: the SDK makes an enumeration of known sizes."""
    size = vm.hardware_profile.vm_size if vm.hardware_profile else None
    return str(size.value if isinstance(size, Enum) else size or "")


def where(vm: "VirtualMachine | None") -> dict[str, str]:
    """Return what an error may name of an existing machine: its region and size."""
    if vm is None or not vm.location:
        return {}
    return {"region": vm.location, "size": size_of(vm)}


def _statuses(vm: "VirtualMachine") -> list[tuple[str, str]]:
    view = vm.instance_view
    return [(s.code or "", s.message or "") for s in (view.statuses if view else None) or ()]


def power_of(vm: "VirtualMachine") -> PowerState:
    """Return the VM's power state, from its instance view."""
    for code, _ in _statuses(vm):
        if code in POWER_STATES:
            return POWER_STATES[code]
    return PowerState.UNKNOWN


def ended_badly(vm: "VirtualMachine") -> bool:
    """Return whether the VM's latest creation or change has failed."""
    return vm.provisioning_state in ("Failed", "Canceled")


def keeps(vm: "VirtualMachine", *, disk: bool) -> bool:
    """Return whether a deletion of the VM spares its interfaces, and if asked its disk."""
    nics = (vm.network_profile.network_interfaces if vm.network_profile else None) or ()
    os_disk = vm.storage_profile.os_disk if vm.storage_profile else None
    spared = [nic.delete_option for nic in nics]
    if disk:
        spared.append(os_disk.delete_option if os_disk else None)
    return bool(spared) and all(option == "Detach" for option in spared)


def failure_in(vm: "VirtualMachine") -> tuple[str, str]:
    """Return code and message of `ProvisioningState/failed/<code>`."""
    for code, message in _statuses(vm):
        parts = code.split("/")
        if parts[0] == "ProvisioningState" and len(parts) == 3:
            return parts[2], message
    return "ProvisioningFailed", ""

"""Which keys of a server are taken: for everybody who connects to a machine."""

from provisioning.keys import PLANTED, ROTATED, InstallationKeys
from provisioning.model import HostAccess, Server
from provisioning.platforms.catalogue import get_platform
from provisioning.policy import MachineLayout


def host_access(
    keys: InstallationKeys, layout: MachineLayout, server: Server, address: str
) -> HostAccess:
    """The server's machine at that address, by its rotated key; as long as it was not seen to
    have that one, by the planted one too."""
    former = ""
    if server.host_key_generation == PLANTED:
        former = keys.host_key(server.id, PLANTED).public_openssh
    return HostAccess(
        address,
        layout.ssh_port,
        get_platform(server.platform).admin_user,
        keys.host_key(server.id, ROTATED).public_openssh,
        former,
    )

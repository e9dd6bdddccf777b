"""How the bot reaches a server's machine: the same for every step and every look."""

from provisioning.keys import PLANTED, ROTATED, InstallationKeys
from provisioning.model import HostAccess, Server
from provisioning.platforms.catalogue import get_platform
from provisioning.policy import MachineLayout


def host_access(
    keys: InstallationKeys, layout: MachineLayout, server: Server, address: str
) -> HostAccess:
    """By the key that the machine has since its set-up; by the planted one too, as long as it
    was not seen to have the other."""
    former = ""
    if server.host_key_generation == PLANTED:
        former = keys.host_key(server.id, PLANTED).public_openssh
    key = keys.host_key(server.id, ROTATED).public_openssh
    user = get_platform(server.platform).admin_user
    return HostAccess(address, layout.ssh_port, user, key, former)

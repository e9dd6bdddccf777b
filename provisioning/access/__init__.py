"""Access to servers: rights, shares, SSH keys, passwords and certificates.

Nothing in this package starts, stops, creates or deletes a server.
"""

from dataclasses import dataclass

from provisioning.access.connect import Connecting
from provisioning.access.machine_access import Reach
from provisioning.access.maintenance import Maintenance
from provisioning.access.rights import Rights
from provisioning.access.sharing import Sharing
from provisioning.access.ssh_keys import OwnKeys, ReadKeys
from provisioning.core.ports.ports import Ports


@dataclass(frozen=True)
class AccessUseCases:
    """The use cases of this package."""

    rights: Rights
    sharing: Sharing
    own_keys: OwnKeys
    connecting: Connecting


def wire(
    ports: Ports, reach: Reach, read_keys: ReadKeys, maintenance: Maintenance | None = None
) -> AccessUseCases:
    """Make the use cases; `read_keys` reads pasted SSH keys."""
    work, clock = ports.work, ports.clock
    rights = Rights(ports.servers, ports.shares, maintenance)
    return AccessUseCases(
        rights=rights,
        sharing=Sharing(ports.shares, ports.limits, rights, work, clock, ports.policy),
        own_keys=OwnKeys(ports.member_keys, work, clock, read_keys),
        connecting=Connecting(rights, ports.member_keys, ports.audit, ports.host, reach, clock),
    )

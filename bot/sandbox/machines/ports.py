"""The ports that machines listen on: the usual ones where this computer lets us."""

import errno
import random
import socket
from dataclasses import dataclass

USUAL_SSH, USUAL_HTTPS = 22, 443
HIGH_SSH, HIGH_HTTPS = 2222, 8443


@dataclass(frozen=True)
class MachinePorts:
    """Where the machines' SSH and public https answer, the same for every machine."""

    ssh: int
    https: int


def can_bind(address: str, port: int) -> bool:
    """Whether a server of ours could listen there now.

    Raises OSError where the address itself is unusable: only Linux answers on all of
    127/8 without configuration.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            if error.errno in {errno.EACCES, errno.EPERM, errno.EADDRINUSE}:
                return False
            raise
    return True


def machine_ports() -> MachinePorts:
    """The ports of every machine of this computer.

    The usual 22 and 443; 2222 and 8443 where low ports need a right that we don't have, or
    where a server of the computer's own holds the port on all addresses (an sshd on a
    laptop). Tried on an address that no machine gets.
    """
    address = f"127.63.{random.randrange(256)}.{random.randrange(1, 255)}"  # noqa: S311
    return MachinePorts(
        ssh=USUAL_SSH if can_bind(address, USUAL_SSH) else HIGH_SSH,
        https=USUAL_HTTPS if can_bind(address, USUAL_HTTPS) else HIGH_HTTPS,
    )

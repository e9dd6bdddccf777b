"""The ports that machines listen on: the usual ones if this computer allows them."""

import errno
import random
import socket
from dataclasses import dataclass

USUAL_SSH, USUAL_HTTPS = 22, 443
HIGH_SSH, HIGH_HTTPS = 2222, 8443


@dataclass(frozen=True)
class MachinePorts:
    """The ports of the machines' SSH and public https, the same for every machine."""

    ssh: int
    https: int


def can_bind(address: str, port: int) -> bool:
    """Return whether a server of the sandbox could listen there now.

    Raise OSError if the address itself is unusable: only Linux answers on all of 127/8 without
    configuration.
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
    """Return the ports of every machine of this computer.

    The ports are 22 and 443. They are 2222 and 8443 if low ports need a right that this process
    does not have, or if a server of the computer holds the port on all addresses (an sshd on a
    laptop). They are tried on an address that no machine gets.
    """
    address = f"127.63.{random.randrange(256)}.{random.randrange(1, 255)}"  # noqa: S311
    return MachinePorts(
        ssh=USUAL_SSH if can_bind(address, USUAL_SSH) else HIGH_SSH,
        https=USUAL_HTTPS if can_bind(address, USUAL_HTTPS) else HIGH_HTTPS,
    )

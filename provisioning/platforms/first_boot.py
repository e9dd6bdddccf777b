"""What a VM is created with, so that the first SSH connection is already pinned: the user, the
bot's key and the planted host key, in the way of its operating system.

Linux reads it from customData. Windows saves customData and does nothing with it, so a script is
run there by the cloud's agent, and the host key travels as a parameter that nobody can read back.
"""

import base64
from pathlib import Path

from provisioning.keys import HostKeyPair
from provisioning.model import Boot, MachineCommand
from provisioning.platforms.catalogue import Platform
from provisioning.platforms.cloud_config import cloud_config

_WINDOWS = Path(__file__).parent / "windows"


def first_boot(
    platform: Platform, hostname: str, authorized_key: str, pair: HostKeyPair, ssh_port: int
) -> Boot:
    """The same arguments give the same boot. `authorized_key` is one line of OpenSSH format."""
    if platform.os == "windows":
        command = _open_ssh(platform.admin_user, authorized_key, pair, ssh_port)
        return Boot(platform.admin_user, authorized_key, custom_data="", command=command)
    custom_data = cloud_config(
        admin_user=platform.admin_user,
        authorized_key=authorized_key,
        host_private_key=pair.private_openssh,
        host_public_key=pair.public_openssh,
        hostname=hostname,
    )
    return Boot(platform.admin_user, authorized_key, custom_data)


def _open_ssh(user: str, authorized_key: str, pair: HostKeyPair, port: int) -> MachineCommand:
    configuration = (_WINDOWS / "sshd_config").read_text(encoding="utf-8")
    for name, value in {"port": str(port), "user": user}.items():
        configuration = configuration.replace(f"{{{{{name}}}}}", value)
    return MachineCommand(
        name="open-ssh",
        script=(_WINDOWS / "open_ssh.ps1").read_text(encoding="utf-8"),
        parameters={
            "AuthorizedKeys": _one_line(f"{authorized_key}\n"),
            "Configuration": _one_line(configuration),
            "Port": str(port),
        },
        secrets={"HostKey": _one_line(pair.private_openssh)},
    )


def _one_line(text: str) -> str:
    return base64.b64encode(text.encode()).decode()

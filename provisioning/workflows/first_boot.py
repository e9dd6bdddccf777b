"""The first boot of a VM, which pins already the first SSH connection.

A new VM gets the admin user, the bot's key and the planted host key. Linux reads them from
customData. Windows ignores customData, so the cloud's agent runs a script there, and the host key
is a protected parameter, which no API returns.
"""

import base64
from pathlib import Path

import yaml

from provisioning import platforms
from provisioning.access.installation_keys import HostKeyPair
from provisioning.core.model.cloud import Boot, MachineCommand
from provisioning.platforms.catalogue import Platform

LOCALE = "C.UTF-8"


def cloud_config(
    admin_user: str,
    authorized_key: str,
    host_private_key: str,
    host_public_key: str,
    hostname: str,
) -> str:
    """Return `#cloud-config` user-data for cloud-init, the same for the same arguments.

    `authorized_key` and `host_public_key` are one line each; `host_private_key` is a file in
    OpenSSH's format (ed25519). The host key is the only secret in the text. It has no value
    outside this machine, whose root can read it anyway.
    """
    config = {
        "hostname": hostname,
        "preserve_hostname": False,
        "locale": LOCALE,
        "ssh_deletekeys": True,
        "ssh_keys": {
            "ed25519_private": host_private_key,
            "ed25519_public": host_public_key,
        },
        "ssh_pwauth": False,
        "disable_root": True,
        "users": [
            {
                "name": admin_user,
                "gecos": "Notebook bot",
                "shell": "/bin/bash",
                "lock_passwd": True,
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "ssh_authorized_keys": [authorized_key],
            }
        ],
    }
    return "#cloud-config\n" + yaml.safe_dump(config, sort_keys=False, width=4096)


_WINDOWS = Path(platforms.__file__).parent / "windows"


def first_boot(
    platform: Platform, hostname: str, authorized_key: str, pair: HostKeyPair, ssh_port: int
) -> Boot:
    """Return the first boot of a VM, always the same for the same arguments.

    `authorized_key` is a line in OpenSSH's format.
    """
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

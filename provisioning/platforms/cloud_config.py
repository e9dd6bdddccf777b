"""The first boot's data: cloud-init's user-data for Linux machines.

It plants the host key, so that the first SSH connection is already pinned. It installs
nothing, so that the boot isn't slowed: that is the set-up program's work.
"""

import yaml

LOCALE = "C.UTF-8"


def cloud_config(
    admin_user: str,
    authorized_key: str,
    host_private_key: str,
    host_public_key: str,
    hostname: str,
) -> str:
    """User-data in cloud-init's `#cloud-config` format; the same arguments give the same text.

    `authorized_key` and `host_public_key` are one line each, `host_private_key` is a file
    in OpenSSH's format (ed25519). The host key is the one secret in it: it is worth
    nothing beyond this machine, whose root may read it anyway.
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

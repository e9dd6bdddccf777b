"""cloud-init's user-data: the admin user, the bot's key and the planted host key.

What reading it gives an attacker is in docs/decisions/host-keys.md. Nothing else that is
secret may ever be put here: every process on the VM that is root can read it.
"""

import yaml


def cloud_config(
    *,
    admin_user: str,
    authorized_key: str,
    host_private_key: str,
    host_public_key: str,
    hostname: str,
) -> str:
    """The `#cloud-config` text. No packages are installed here, so that the boot is short."""
    document = {
        "hostname": hostname,
        "preserve_hostname": False,
        "locale": "C.UTF-8",
        "ssh_pwauth": False,
        "disable_root": True,
        "ssh_deletekeys": True,
        "ssh_keys": {"ed25519_private": host_private_key, "ed25519_public": host_public_key},
        "users": [
            {
                "name": admin_user,
                "gecos": "notebook-bot",
                "shell": "/bin/bash",
                "lock_passwd": True,
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "ssh_authorized_keys": [authorized_key],
            }
        ],
    }
    return "#cloud-config\n" + yaml.safe_dump(document, sort_keys=False)

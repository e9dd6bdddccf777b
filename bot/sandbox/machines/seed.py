"""The files of cloud-init's NoCloud data source, read at a machine's first boot."""

import json
from pathlib import Path
from typing import Any

from bot.sandbox.machines.port import MachineSpec

FOLDER = "var/lib/cloud/seed/nocloud"
"""The folder of the files below a machine's root."""


def nocloud_files(
    spec: MachineSpec, network: dict[str, Any], first_boot: dict[str, Any] | None = None
) -> dict[str, bytes]:
    """Return the files by name.

    `network` is a network configuration of version 2. `first_boot` holds more of cloud-init's
    settings; the user-data overrides them.

    The user-data is the VM's customData as it came. Azure's own data source takes more from the VM
    (name, user, keys); these are meta-data and vendor-data here.
    """
    meta = {
        "instance-id": spec.machine_id,
        "local-hostname": spec.hostname,
        "public-keys": list(spec.authorized_keys),
    }
    vendor = {
        "system_info": {
            "default_user": {
                "name": spec.admin_user,
                "lock_passwd": True,
                "shell": "/bin/bash",
                "sudo": ["ALL=(ALL) NOPASSWD:ALL"],
            }
        },
        **(first_boot or {}),
    }
    return {
        # JSON is YAML.
        "meta-data": json.dumps(meta).encode(),
        "user-data": spec.custom_data,
        "vendor-data": b"#cloud-config\n" + json.dumps(vendor).encode(),
        "network-config": json.dumps({"version": 2, **network}).encode(),
    }


def another_instance(files: Path, spec: MachineSpec, network: dict[str, Any]) -> None:
    """Write the files for a disk that has become another machine's disk.

    It is a new instance with another network. The user-data stays the same, as on Azure, where
    cloud-init finds what it kept of the first boot.
    """
    meta = json.loads((files / "meta-data").read_text())
    meta["instance-id"] = f"{spec.machine_id}-{spec.disk}"
    (files / "meta-data").write_text(json.dumps(meta))
    (files / "network-config").write_text(json.dumps({"version": 2, **network}))

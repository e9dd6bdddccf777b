"""What cloud-init reads at a machine's first boot, in the files of its NoCloud data source."""

import json
from pathlib import Path
from typing import Any

from bot.sandbox.machines.port import MachineSpec

FOLDER = "var/lib/cloud/seed/nocloud"
"""Where cloud-init looks for the files, below a machine's root."""


def nocloud_files(
    spec: MachineSpec, network: dict[str, Any], first_boot: dict[str, Any] | None = None
) -> dict[str, bytes]:
    """The files by name. `network` is a network configuration of version 2,
    `first_boot` more of cloud-init's settings, over which the user-data has the last word.

    The user-data is the VM's customData as it came. What Azure's own data source takes from
    the VM besides (name, user, keys) is meta-data and vendor-data here.
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
    """The files of a disk that became another machine's: a new instance with another network
    and, as on Azure where cloud-init finds what it kept of the first boot, the same user-data."""
    meta = json.loads((files / "meta-data").read_text())
    meta["instance-id"] = f"{spec.machine_id}-{spec.disk}"
    (files / "meta-data").write_text(json.dumps(meta))
    (files / "network-config").write_text(json.dumps({"version": 2, **network}))

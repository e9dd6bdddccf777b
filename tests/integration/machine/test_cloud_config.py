"""All user data that the bot can make, checked by the real cloud-init."""

import json
import os
import shutil
import subprocess

import pytest
import yaml

from provisioning.access.installation_keys import InstallationKeys
from provisioning.platforms.catalogue import PLATFORMS
from provisioning.workflows.first_boot import cloud_config

LINUX = [platform for platform in PLATFORMS.values() if platform.os == "linux"]
HOSTNAMES = ["a1", "quiet-otter", "x" * 40, "no", "1e3", "0x10"]
"""Host names, some of which YAML reads as another type unless they are quoted."""


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> InstallationKeys:
    return InstallationKeys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def cloud_init() -> str:
    found = shutil.which("cloud-init")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("CI needs cloud-init")
    return found or pytest.skip("cloud-init is not installed")


def data_of(keys, platform, hostname) -> str:
    pair = keys.host_key(f"id{hostname}")
    return cloud_config(
        platform.admin_user,
        keys.client_public_key,
        pair.private_openssh,
        pair.public_openssh,
        hostname,
    )


def check(cloud_init, path, text) -> subprocess.CompletedProcess[str]:
    path.write_text(text)
    command = [cloud_init, "schema", "--config-file", path]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("hostname", HOSTNAMES)
@pytest.mark.parametrize("platform", LINUX, ids=lambda each: each.name)
def test_cloud_init_accepts_the_user_data(keys, cloud_init, tmp_path, platform, hostname):
    text = data_of(keys, platform, hostname)
    done = check(cloud_init, tmp_path / "data", text)
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(text)["hostname"] == hostname
    assert len(text.encode()) < 65_535


def test_cloud_init_refuses_a_wrong_value(keys, cloud_init, tmp_path):
    text = data_of(keys, LINUX[0], "otter").replace("ssh_pwauth: false", "ssh_pwauth: [1]")
    assert check(cloud_init, tmp_path / "data", text).returncode != 0


@pytest.mark.parametrize("platform", LINUX, ids=lambda each: each.name)
def test_no_top_level_key_is_unknown_to_cloud_init(keys, cloud_init, platform):
    """cloud-init's own check accepts unknown keys, but the first boot then ends with an error."""
    code = "import json, cloudinit.config.schema as s; print(json.dumps(s.get_schema()))"
    asked = subprocess.run(
        ["/usr/bin/python3", "-c", code], check=True, capture_output=True, text=True
    )
    modules = json.loads(asked.stdout)["$defs"].values()
    known = {key for module in modules for key in module.get("properties", {})}
    assert set(yaml.safe_load(data_of(keys, platform, "otter"))) <= known

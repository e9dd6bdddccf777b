"""The lock files of the machines, for each kind of machine that the bot can create."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.platforms.catalogue import get_platform

from .jupyter_server import MACHINE

pytestmark = pytest.mark.long

LOCK = MACHINE / "notebook.lock"


@pytest.mark.parametrize("python", ["3.12", "3.13"])
@pytest.mark.parametrize(
    "platform", ["x86_64-pc-windows-msvc", "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"]
)
def test_the_lock_resolves_to_wheels_with_the_locked_hashes(tmp_path, platform, python):
    """uv installs nothing here; it finds a wheel of each package for that kind of machine."""
    target = tmp_path / "compiled.txt"
    command = "-m uv pip compile --quiet --no-header --generate-hashes --only-binary=:all:".split()
    kind = ["--python-platform", platform, "--python-version", python]
    run([*command, *kind, "--constraint", LOCK, MACHINE / "notebook.in", "--output-file", target])
    locked = pins(LOCK.read_text())
    compiled = pins(target.read_text())
    assert len(compiled) > 90
    for name, (version, hashes) in compiled.items():
        assert version == locked[name][0], name
        assert hashes & locked[name][1], f"{name} has no wheel of the lock's"
    assert ("pywinpty" in compiled) == ("windows" in platform)


def test_dulwich_is_available_as_wheels_for_the_python_on_windows(tmp_path):
    """For another system pip accepts only wheels, and only those whose hash is in the lock."""
    wanted = get_platform("windows").machine.python_package
    download = "-I -m pip download --quiet --no-deps --only-binary=:all: --require-hashes".split()
    kind = ["--platform=win_amd64", f"--python-version={wanted}"]
    run([*download, *kind, "--requirement", MACHINE / "git.lock", "--dest", tmp_path])
    fetched = {wheel.name.split("-")[0] for wheel in tmp_path.glob("*.whl")}
    assert {"dulwich", "truststore", "urllib3"} <= fetched


def run(arguments: list[str | Path]) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=110
    )
    assert done.returncode == 0, done.stderr


def pins(text: str) -> dict[str, tuple[str, set[str]]]:
    """Return the version and the hashes of each package."""
    found: dict[str, tuple[str, set[str]]] = {}
    for block in re.split(r"\n(?=\S)", text):
        pin = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", block)
        if pin:
            found[pin[1]] = (pin[2], set(re.findall(r"sha256:([0-9a-f]+)", block)))
    return found

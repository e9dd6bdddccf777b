"""The lock files of the machines, for each kind of machine that the bot can create."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.platforms.catalogue import get_platform

from .jupyter_server import MACHINE

pytestmark = pytest.mark.long

MAKEFILE = MACHINE.parents[1] / "Makefile"


@pytest.mark.parametrize("name", ["server", "kernels"])
@pytest.mark.parametrize("python", ["3.12", "3.13"])
@pytest.mark.parametrize(
    "platform", ["x86_64-pc-windows-msvc", "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"]
)
def test_the_lock_resolves_to_wheels_with_the_locked_hashes(tmp_path, name, platform, python):
    """uv installs nothing here; it finds a wheel of each package for that kind of machine."""
    target = tmp_path / "compiled.txt"
    command = "-m uv pip compile --quiet --no-header --generate-hashes --only-binary=:all:".split()
    kind = ["--python-platform", platform, "--python-version", python]
    lock, wanted = MACHINE / f"{name}.lock", MACHINE / f"{name}.in"
    run([*command, *kind, "--constraint", lock, wanted, "--output-file", target])
    locked = pins(lock.read_text())
    compiled = pins(target.read_text())
    if name == "server":
        assert ("pywinpty" in compiled) == ("windows" in platform)
        left_out = kernel_parts() & compiled.keys()
        assert {"ipykernel", "matplotlib"} <= left_out
        compiled = {name: compiled[name] for name in compiled.keys() - left_out}
    assert len(compiled) > 50
    for package, (version, hashes) in compiled.items():
        assert version == locked[package][0], package
        assert hashes & locked[package][1], f"{package} has no wheel of the lock's"


def test_dulwich_is_available_as_wheels_for_the_python_on_windows(tmp_path):
    """For another system pip accepts only wheels, and only those whose hash is in the lock."""
    wanted = get_platform("windows").machine.python_package
    download = "-I -m pip download --quiet --no-deps --only-binary=:all: --require-hashes".split()
    kind = ["--platform=win_amd64", f"--python-version={wanted}"]
    run([*download, *kind, "--requirement", MACHINE / "git.lock", "--dest", tmp_path])
    fetched = {wheel.name.split("-")[0] for wheel in tmp_path.glob("*.whl")}
    assert {"dulwich", "truststore", "urllib3"} <= fetched


def kernel_parts() -> set[str]:
    """Return the packages that `make lock` leaves out of the server's lock."""
    found = re.search(r"KERNEL_PARTS := ((?:.*\\\n)*.*)", MAKEFILE.read_text())
    assert found
    return set(found[1].replace("\\", " ").split())


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

"""The machines' locks, on each kind of machine that the bot makes."""

import re
import subprocess
import sys

import pytest

from provisioning.platforms.catalogue import get_platform

from .jupyter_server import MACHINE

pytestmark = pytest.mark.long

LOCK = MACHINE / "notebook.lock"


@pytest.mark.parametrize("python", ["3.12", "3.13"])
@pytest.mark.parametrize(
    "platform", ["x86_64-pc-windows-msvc", "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"]
)
def test_it_resolves_to_wheels_with_the_locked_hashes(tmp_path, platform, python):
    """Nothing is installed; uv looks up a wheel of each package for that machine."""
    target = tmp_path / "compiled.txt"
    done = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header",
         "--generate-hashes", "--only-binary=:all:", "--python-platform", platform,
         "--python-version", python, "--constraint", LOCK, MACHINE / "notebook.in",
         "--output-file", target],
        capture_output=True, text=True, check=False, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    locked = pins(LOCK.read_text())
    compiled = pins(target.read_text())
    assert len(compiled) > 90
    for name, (version, hashes) in compiled.items():
        assert version == locked[name][0], name
        assert hashes & locked[name][1], f"{name} has no wheel of the lock's"
    assert ("pywinpty" in compiled) == ("windows" in platform)


def test_what_clones_on_windows_comes_as_wheels_for_its_python(tmp_path):
    """pip takes wheels of another system alone, and only such as the lock names by their hash."""
    wanted = get_platform("windows").machine.python_package
    done = subprocess.run(
        [sys.executable, "-I", "-m", "pip", "download", "--quiet", "--no-deps",
         "--only-binary=:all:", "--platform=win_amd64", f"--python-version={wanted}",
         "--require-hashes", "--requirement", MACHINE / "git.lock", "--dest", tmp_path],
        capture_output=True, text=True, check=False, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    fetched = {wheel.name.split("-")[0] for wheel in tmp_path.glob("*.whl")}
    assert {"dulwich", "truststore", "urllib3"} <= fetched


def pins(text: str) -> dict[str, tuple[str, set[str]]]:
    """Name -> version and hashes."""
    found: dict[str, tuple[str, set[str]]] = {}
    for block in re.split(r"\n(?=\S)", text):
        pin = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", block)
        if pin:
            found[pin[1]] = (pin[2], set(re.findall(r"sha256:([0-9a-f]+)", block)))
    return found

"""The set-up on each platform, run a second time, or killed and run again.

The tests compare all files with their modes and owners, the services, and the firewall's rules.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from provisioning.platforms.catalogue import PLATFORMS
from provisioning.platforms.catalogue import Platform as AnyPlatform

from .whole_machine import WholeMachine, whole_machine

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

LINUX = [platform for platform in PLATFORMS.values() if platform.os == "linux"]
STEPS = tuple(
    "packages user uv environment configuration ssh notebooks certificate firewall service".split()
)
RULES = {
    "nft": "nft list ruleset",
    "firewalld": "cat {root}/etc/firewalld/zones/*.xml {root}/etc/firewalld/firewalld.conf; "
    "firewall-cmd --state; firewall-cmd --get-default-zone; firewall-cmd --zone=notebook "
    "--query-forward-port=port={public_port}:proto=tcp:toport={notebook_port}",
}
_CHANGING = tuple(
    "opt/notebook/env opt/notebook/kernels/ opt/notebook/server/ opt/notebook/uv/ "
    "opt/notebook/pip/ var/log/ run/ tmp/ home/notebook/. "
    "home/notebook-admin/.notebook-bot/upload var/cache/ var/lib/machine/ root/".split()
)
"""Caches, logs, and the private files of kernels and stand-ins."""


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=LINUX, ids=lambda platform: platform.name
)
async def machine(request, tmp_path_factory) -> AsyncIterator[WholeMachine]:
    """A machine that has been set up once."""
    platform: AnyPlatform = request.param
    async with whole_machine(tmp_path_factory.mktemp(platform.name), platform) as made:
        yield made


async def snapshot(machine: WholeMachine) -> dict[str, object]:
    """Return everything that the set-up is responsible for."""
    tree = {}
    for path in sorted(machine.root.rglob("*")):
        name = str(path.relative_to(machine.root))
        if name.startswith(_CHANGING) or "__pycache__" in name or not path.is_file():
            continue
        stat = path.stat()
        tree[name] = (oct(stat.st_mode), path.read_bytes())
    owners = json.loads((machine.root / "var/lib/machine/owners.json").read_text())
    places = {"root": machine.root, **machine.specification}
    names = ["notebook.service", *_firewall_units(machine)]
    rules = await machine.root_runs(RULES[machine.platform.machine.firewall].format(**places))
    return {
        "tree": tree,
        "owners": owners,
        "services": {
            (name, state): await machine.root_runs(f"systemctl is-{state} {name}")
            for name in names
            for state in ("active", "enabled")
        },
        # The tables do not depend on each other; nft lists the latest last.
        "rules": sorted(re.split(r"^(?=table )", rules, flags=re.MULTILINE)),
    }


def _firewall_units(machine: WholeMachine) -> list[str]:
    return {"nft": ["notebook-firewall.service"], "firewalld": ["firewalld.service"]}[
        machine.platform.machine.firewall
    ]


async def test_a_second_run_changes_nothing(machine):
    before, server = await snapshot(machine), machine.server_pid()
    again = await machine.apply()
    assert again.changed == ()
    assert await snapshot(machine) == before
    assert machine.server_pid() == server


async def undo(machine: WholeMachine, step: str) -> None:
    """Remove what a step has made, so that the step must make it again."""
    root = machine.root
    made = {
        "packages": ["var/lib/dpkg/packages.json"],
        "user": [],
        "uv": ["opt/notebook/uv/.complete"],
        "environment": ["opt/notebook/.environment"],
        "configuration": ["etc/notebook/jupyter_server_config.py", "etc/notebook/machine.json"],
        "ssh": ["etc/ssh/sshd_config.d/10-notebook.conf", "etc/notebook/ssh-keys"],
        "notebooks": ["var/lib/notebook/samples", "home/notebook/work/welcome.ipynb"],
        "fonts": ["home/notebook/.config/matplotlib/matplotlibrc"],
        "certificate": ["var/lib/notebook/tls/notebook.key"],
        "firewall": ["etc/notebook/notebook.nft", "etc/firewalld/zones/notebook.xml"],
        "service": ["etc/systemd/system/notebook.service"],
    }[step]
    for name in made:
        (root / name).unlink(missing_ok=True)
    if step == "packages" and machine.platform.machine.package_manager == "zypper":
        names = " ".join(machine.platform.machine.packages)
        await machine.root_runs(f"zypper --non-interactive remove {names}")
    if step == "service":
        await machine.root_runs("systemctl stop notebook.service")


async def kill_at(machine: WholeMachine, step: str) -> None:
    """Run the set-up as the bot does, and kill it as soon as it reports the start of the step."""
    program = next((machine.root / "home/notebook-admin/.notebook-bot").glob("machine-*"))
    python = (program.parent / "python").read_text()
    request = json.dumps(machine.specification)
    script = f"cd {program.parent.parent} && exec {python} -I {program}/setup.py apply"
    wanted = f'"step": "{step}", "state": "start"'
    folder = machine.root / "tmp"
    watch = (
        f"mkfifo {folder}/events; cat <<'END' > {folder}/request\n{request}\nEND\n"
        f"( {script} ) < {folder}/request > {folder}/events 2>/dev/null & pid=$!; "
        f"while read -r line; do case $line in *'{wanted}'*) kill -9 $pid; break;; esac; "
        f"done < {folder}/events; wait $pid; rm -f {folder}/events {folder}/request; exit 0"
    )
    await machine.root_runs(watch)


@pytest.mark.parametrize("step", STEPS)
async def test_a_set_up_killed_at_a_step_and_run_again_has_the_same_result(machine, step):
    before = await snapshot(machine)
    await undo(machine, step)

    await kill_at(machine, step)
    done = await machine.apply()

    after = await snapshot(machine)
    if step == "certificate":  # only the key and the certificate may differ
        for each in (before, after):
            for name in ("notebook.crt", "notebook.key"):
                each["tree"].pop(f"var/lib/notebook/tls/{name}")
    assert after == before
    await asyncio.wait_for(machine.until_https_answers(), 60)
    assert await machine.host.verify(machine.access) == done.certificate_sha256
    assert (await machine.apply()).changed == ()

"""The set-up on each platform: a second run changes nothing, and a killed one ends the same.

Compared are the tree with its modes and owners, the services, and the rules in force.
"""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from provisioning.platforms.catalogue import PLATFORMS
from provisioning.platforms.catalogue import Platform as AnyPlatform

from .whole_machine import WholeMachine, whole_machine

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

LINUX = [platform for platform in PLATFORMS.values() if platform.os == "linux"]
STEPS = (
    "packages", "user", "uv", "environment", "configuration", "ssh", "notebooks", "certificate",
    "firewall", "service",
)  # fmt: skip
RULES = {
    "nft": "nft list ruleset",
    "firewalld": "cat {root}/etc/firewalld/zones/*.xml {root}/etc/firewalld/firewalld.conf; "
    "firewall-cmd --state; firewall-cmd --get-default-zone; firewall-cmd --zone=notebook "
    "--query-forward-port=port={public_port}:proto=tcp:toport={notebook_port}",
}
_CHANGING = (
    "opt/notebook/env/", "opt/notebook/uv/", "opt/notebook/pip/", "var/log/", "run/", "tmp/",
    "home/notebook/.", "home/notebook-admin/.notebook-bot/upload", "var/cache/",
    "var/lib/machine/", "root/",
)  # fmt: skip
"""Caches, logs, and what a kernel or a stand-in keeps for itself."""


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=LINUX, ids=lambda platform: platform.name
)
async def machine(request, tmp_path_factory) -> AsyncIterator[WholeMachine]:
    """A machine that was set up once."""
    platform: AnyPlatform = request.param
    async with whole_machine(tmp_path_factory.mktemp(platform.name), platform) as made:
        yield made


async def picture(machine: WholeMachine) -> dict[str, object]:
    """All that a set-up is answerable for."""
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
    return {
        "tree": tree,
        "owners": owners,
        "services": {
            (name, state): await machine.root_runs(f"systemctl is-{state} {name}")
            for name in names
            for state in ("active", "enabled")
        },
        "rules": await machine.root_runs(RULES[machine.platform.machine.firewall].format(**places)),
    }


def _firewall_units(machine: WholeMachine) -> list[str]:
    return {"nft": ["notebook-firewall.service"], "firewalld": ["firewalld.service"]}[
        machine.platform.machine.firewall
    ]


async def test_a_second_run_changes_nothing(machine):
    before, server = await picture(machine), machine.server_pid()
    again = await machine.apply()
    assert again.changed == ()
    assert await picture(machine) == before
    assert machine.server_pid() == server


async def undo(machine: WholeMachine, step: str) -> None:
    """Take away what the step made, so that it has its work to do again."""
    root = machine.root
    made = {
        "packages": ["var/lib/dpkg/packages.json", "var/lib/rpm/packages.json"],
        "user": [],
        "uv": ["opt/notebook/uv/.complete"],
        "environment": ["opt/notebook/.environment"],
        "configuration": ["etc/notebook/jupyter_server_config.py", "etc/notebook/machine.json"],
        "ssh": ["etc/ssh/sshd_config.d/10-notebook.conf", "etc/notebook/ssh-keys"],
        "notebooks": ["var/lib/notebook/samples", "home/notebook/work/welcome.ipynb"],
        "certificate": ["var/lib/notebook/tls/notebook.key"],
        "firewall": ["etc/notebook/notebook.nft", "etc/firewalld/zones/notebook.xml"],
        "service": ["etc/systemd/system/notebook.service"],
    }[step]
    for name in made:
        (root / name).unlink(missing_ok=True)
    if step == "service":
        await machine.root_runs("systemctl stop notebook.service")


async def kill_at(machine: WholeMachine, step: str) -> None:
    """Run the set-up as the bot does, and kill it as soon as it says that the step began."""
    program = next((machine.root / "home/notebook-admin/.notebook-bot").glob("machine-*"))
    python = (program.parent / "python").read_text()
    wish = json.dumps(machine.specification)
    script = f"cd {program.parent.parent} && exec {python} -I {program}/setup.py apply"
    wanted = f'"step": "{step}", "state": "start"'
    watch = (
        f"mkfifo {machine.root}/tmp/said; cat <<'END' > {machine.root}/tmp/wish\n{wish}\nEND\n"
        f"( {script} ) < {machine.root}/tmp/wish > {machine.root}/tmp/said 2>/dev/null & pid=$!; "
        f"while read -r line; do case $line in *'{wanted}'*) kill -9 $pid; break;; esac; "
        f"done < {machine.root}/tmp/said; wait $pid; rm -f {machine.root}/tmp/said "
        f"{machine.root}/tmp/wish; exit 0"
    )
    await machine.root_runs(watch)


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_a_step_and_run_again_it_ends_the_same(machine, step):
    before = await picture(machine)
    await undo(machine, step)

    await kill_at(machine, step)
    done = await machine.apply()

    after = await picture(machine)
    if step == "certificate":  # another key: that is the one thing that may differ
        for each in (before, after):
            for name in ("notebook.crt", "notebook.key"):
                each["tree"].pop(f"var/lib/notebook/tls/{name}")
    assert after == before
    await asyncio.wait_for(machine.until_https_answers(), 60)
    assert await machine.host.verify(machine.access) == done.certificate_sha256
    assert (await machine.apply()).changed == ()

"""The set-up program on a real system: units, users, permissions, packet filter, host key.

The time of each stage is written to test-artifacts/container.json.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh
import pytest
import pytest_asyncio

from bot.sandbox.machines.kinds import build_machines
from bot.sandbox.machines.port import Machines, MachineSpec
from provisioning.access.installation_keys import InstallationKeys
from provisioning.adapters.ssh.host import SshHost
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.machine import HostAccess, MachineEvent, PlantedPassword, SetUpResult
from provisioning.core.model.people import Member
from provisioning.platforms.catalogue import get_platform
from provisioning.workflows.first_boot import cloud_config
from tests.real_machines import note, prepare, shell
from tests.stages import PACKAGES
from tests.uv_wheels import UV_FOLDER

from .jupyter_server import MACHINE

pytestmark = [
    pytest.mark.long,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
    pytest.mark.container,
]

UBUNTU = get_platform("ubuntu")
ANA = Member("U_ANA", "Ana")


@dataclass
class Server:
    """A machine that the bot's own adapter has set up, with the seconds of each part."""

    address: str
    keys: InstallationKeys
    host: SshHost
    access: HostAccess
    specification: dict[str, object]
    result: SetUpResult
    seconds: dict[str, float]

    async def shell(self, command: str) -> str:
        return await shell(self.address, self.keys, command)

    async def until_https_answers(self) -> None:
        sha256 = self.result.certificate_sha256
        async with asyncio.timeout(60):
            while True:
                with suppress(NotYet):
                    return await self.host.check_https(self.address, 443, self.address, sha256)
                await asyncio.sleep(0.1)

    async def set_up(self) -> SetUpResult:
        return await self.host.set_up(self.access, UBUNTU, self.specification, lambda event: None)


def machine_spec(keys: InstallationKeys, address: str) -> MachineSpec:
    pair = keys.host_key("abcdefghijkl")
    data = cloud_config(
        UBUNTU.admin_user,
        keys.client_public_key,
        pair.private_openssh,
        pair.public_openssh,
        "quiet-otter",
    )
    return MachineSpec(
        "nb-abc",
        "quiet-otter",
        "linux",
        "Canonical:ubuntu-24_04-lts:server",
        UBUNTU.admin_user,
        (keys.client_public_key,),
        data.encode(),
        address,
    )


def specification_of(address: str) -> dict[str, object]:
    return {
        "server_id": "abcdefghijkl",
        "server_name": "quiet-otter",
        "root": "/",
        "notebook_user": UBUNTU.notebook_user,
        "bind_address": address,
        "notebook_port": 9999,
        "public_port": 443,
        "ssh_port": 22,
        "url": f"https://{address}/",
        "hostnames": [address],
        "platform": UBUNTU.machine_section(),
        "owner": {"id": "U_ANA", "name": "Ana"},
    }


async def boot(folder: Path, machines: Machines) -> Server:
    """Create and set up a machine as the creation workflow does, and measure each part."""
    keys, address = InstallationKeys(folder / "keys"), machines.allocate_address(frozenset())
    specification = specification_of(address)
    host = SshHost(keys.client_private_key, MACHINE, cache=UV_FOLDER)
    public_key = keys.host_key("abcdefghijkl").public_openssh
    access = HostAccess(address, 22, UBUNTU.admin_user, public_key)
    times = [time.monotonic()]
    events: list[tuple[float, MachineEvent]] = []
    await machines.create(machine_spec(keys, address))
    await host.wait_until_reachable(access, 90)
    times.append(time.monotonic())
    result = await host.set_up(
        access, UBUNTU, specification, lambda event: events.append((time.monotonic(), event))
    )
    times.append(time.monotonic())
    await host.verify(access)
    steps = {event.step: event.seconds for _, event in events if event.state == "done"}
    seconds = {
        "boot": times[1] - times[0],
        "bootstrap": events[0][0] - times[1],
        "packages": sum(steps[each] for each in PACKAGES),
        "start": steps["service"],
        "set-up in all": times[2] - times[1],
        "verify": time.monotonic() - times[2],
    }
    return Server(address, keys, host, access, specification, result, seconds)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory) -> AsyncIterator[Server]:
    prepare("container")
    folder = tmp_path_factory.mktemp("s")
    machines = build_machines("container", folder / "machines")
    try:
        yield await boot(folder, machines)
    finally:
        await machines.close()


async def test_a_set_up_reports_its_steps_and_answers_https(server):
    assert {"user", "uv", "environment", "firewall", "service"} <= set(server.result.changed)
    assert "packages" not in server.result.changed  # the image has them: no package manager ran
    await server.host.check_https(
        server.address, 443, server.address, server.result.certificate_sha256
    )
    note("set-up by stage", server.seconds)


async def test_a_second_set_up_leaves_the_system_unchanged(server):
    state = "; ".join(
        (
            'find /etc /opt/notebook /var/lib/notebook -xdev -not -path "*/__pycache__*" -printf '
            '"%p %y %m %u:%g %l %s %T@\\n" | grep -v -e etc/mtab -e opt/notebook.lib | sort',
            "getent passwd",
            "getent group",
            "nft list ruleset | grep -v counter",
            "systemctl list-unit-files --no-pager | grep -v -e [.]scope",
            "systemctl show --property MainPID notebook",
        )
    ).replace("'", "'\\''")

    async def settled():
        return "inactive" in await server.shell("systemctl is-active notebook-compile")

    async with asyncio.timeout(200):
        while not await settled():
            await asyncio.sleep(0.2)
    before = await server.shell(state)
    assert "notebook_bot" in before
    assert "notebook-firewall.service" in before
    again = await server.set_up()
    assert again.changed == ()
    after = await server.shell(state)
    assert set(after.splitlines()) ^ set(before.splitlines()) == set()


async def test_the_notebook_user_has_no_rights_beyond_its_own_files(server):
    def as_user(command: str) -> str:
        return f'runuser -u notebook -- sh -c "{command}" 2>&1 || true'

    assert "password" in await server.shell(as_user("sudo -n id"))
    private = "/etc/notebook/probe-token /etc/shadow /root /home/notebook-admin/.notebook-bot"
    can_read = f"for path in {private}; do test -r \\$path && echo \\$path; done; echo asked"
    assert await server.shell(as_user(can_read)) == "asked\n"
    owner = await server.shell("ps -o user= -p $(systemctl show -P MainPID notebook)")
    assert owner == "notebook\n"
    assert await server.shell("stat -c %a:%U /var/lib/notebook") == "700:notebook\n"


async def test_the_access_list_and_the_outgoing_rules_are_roots_and_in_force(server):
    rules = await server.shell("nft list table inet notebook_outbound")
    assert rules.count("reject") == 3
    assert await server.shell("systemctl is-enabled notebook-outbound.service") == "enabled\n"
    folder, may = "/etc/notebook/access", "runuser -u notebook -- test"
    assert await server.shell(f"stat -c %U:%G:%a {folder}") == "root:notebook:750\n"
    assert await server.shell(f"{may} -r {folder}/list.json && echo yes") == "yes\n"
    for refused in (
        f"-w {folder}",
        f"-w {folder}/list.json",
        "-w /etc/notebook",
        "-r /etc/notebook/choice-keys.json",
    ):
        assert await server.shell(f"{may} {refused} || echo no") == "no\n", refused


async def test_members_programs_change_the_kernels_environment_and_not_the_servers(server):
    as_user = "runuser -u notebook --"
    base, may = "/opt/notebook", f"{as_user} test"
    running = await server.shell("readlink /proc/$(systemctl show -P MainPID notebook)/cwd")
    assert running == "/etc/notebook\n"
    words = await server.shell("xargs -0 < /proc/$(systemctl show -P MainPID notebook)/cmdline")
    assert words.startswith(f"{base}/server/")
    assert "/bin/python -I -m jupyterlab" in words
    for refused in (base, f"{base}/server/current/bin", f"{base}/kernels", f"{base}/lib"):
        assert await server.shell(f"{may} -w {refused} || echo no") == "no\n", refused
    writable = f"find -L {base}/server /etc/notebook -writable -not -type l"
    assert await server.shell(f"{as_user} {writable}") == ""
    assert await server.shell(f"{may} -w {base}/env/bin && echo yes") == "yes\n"
    await server.shell(f"{as_user} mkdir -p /home/notebook/.ipython")  # as the first kernel does
    install = f"{as_user} {base}/uv/bin/uv pip install -q --python {base}/env/bin/python six"
    await server.shell(install)
    await server.shell(f"{as_user} rm -rf {base}/env {base}/env/ {base}/server || true")
    assert await server.shell(f"readlink {base}/env") == "kernels/1\n"
    await server.shell("systemctl restart notebook")
    await server.until_https_answers()
    assert set((await server.set_up()).changed) == {"environment"}
    await server.host.verify(server.access)


async def test_a_machine_with_another_host_key_is_refused(server):
    key = "/etc/ssh/ssh_host_ed25519_key"
    await server.shell(
        f'cp -p {key} /root/kept; rm {key}; ssh-keygen -q -t ed25519 -N "" -f {key}; '
        "systemctl restart ssh"
    )
    try:
        with pytest.raises(PermanentError) as refusal:
            await server.host.wait_until_reachable(server.access, 30)
        assert refusal.value.code == "HostKeyChanged"
        ends = datetime.now(UTC) + timedelta(hours=1)
        with pytest.raises(PermanentError):
            await server.host.plant_password(
                server.access, ANA, PlantedPassword("$argon2id$...", "", ""), ends
            )
        assert "another SSH key" in (await server.host.activity(server.access, 60)).unknown
    finally:
        await server.shell(f"cp -p /root/kept {key}; systemctl restart ssh")
    assert (await server.host.activity(server.access, 60)).unknown == ""


async def test_members_sign_in_over_ssh_only_while_root_lists_their_key(server):
    ana, bob = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    lines = [" ".join(key.export_public_key().decode().split()[:2]) for key in (ana, bob)]

    def signed_in(key):
        return asyncssh.connect(
            server.address,
            username="notebook",
            client_keys=[key],
            known_hosts=None,
            config=None,
            agent_path=None,
        )

    await server.host.admit(server.access, UBUNTU, ["U_ANA", "U_BOB"], lines)
    async with signed_in(ana) as hers, signed_in(bob) as his, signed_in(bob) as forwarding:
        assert (await hers.run("id -un; sudo -n id")).stdout == "notebook\n"
        await forwarding.forward_local_port("127.0.0.1", 0, server.address, 9999)  # no program
        running = await his.create_process("sleep 4321")
        kept = await hers.create_process("cat")
        put = f"mkdir -m 700 -p ~/.ssh && echo {lines[1]} > ~/.ssh/authorized_keys; cat ~/.ssh/*"
        assert lines[1] in (await hers.run(put)).stdout
        await server.host.admit(server.access, UBUNTU, ["U_ANA"], lines[:1])
        async with asyncio.timeout(10):
            await his.wait_closed()
            await forwarding.wait_closed()
        assert running.exit_status != 0
        kept.stdin.write("still here\n")
        assert await kept.stdout.readline() == "still here\n"
        kept.stdin.write_eof()
        with pytest.raises(asyncssh.PermissionDenied):
            async with signed_in(bob):
                pass
    assert "4321" not in await server.shell("ps -u notebook -o args=")
    await server.host.hold(server.access, UBUNTU)
    with pytest.raises(asyncssh.PermissionDenied):
        async with signed_in(ana):
            pass

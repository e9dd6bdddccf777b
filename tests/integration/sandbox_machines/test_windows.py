"""A Windows machine of the sandbox: what must be in place before each part works."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest
import pytest_asyncio

from bot.sandbox.machines.port import MachineSpec
from bot.sandbox.machines.ports import machine_ports
from bot.sandbox.machines.process.machines import ProcessMachines

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADMIN = "azureuser"
ONLY_US = "/inheritance:r /grant:r '*S-1-5-18:F' '*S-1-5-32-544:F'"


class Windows:
    """One machine, and PowerShell on it as its system."""

    def __init__(self, folder: Path, release: str) -> None:
        self.machines = ProcessMachines(folder / "machines")
        self.root = folder / "machines/one/root"
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.port = machine_ports().ssh
        self.spec = MachineSpec(
            "one",
            "one",
            "windows",
            f"MicrosoftWindowsServer:WindowsServer:{release}-datacenter-azure-edition",
            ADMIN,
            (),
            b"saved, not run",
            self.machines.allocate_address(frozenset()),
        )

    async def script(self, text: str) -> tuple[int, str]:
        done = await self.machines.run_command("one", f"$ErrorActionPreference = 'Stop'\n{text}")
        return done.exit_code, done.stdout + done.stderr

    async def run(self, text: str) -> str:
        code, said = await self.script(text)
        assert code == 0, said
        return said.strip()

    async def refused(self, text: str) -> str:
        code, said = await self.script(text)
        assert code == 1
        return said

    async def allow_ssh(self) -> None:
        """Prepare everything that sshd needs, in the order of a script."""
        keys = self.root / "ProgramData/ssh/administrators_authorized_keys"
        keys.parent.mkdir(exist_ok=True)
        new = keys.with_suffix(".new")
        new.write_bytes(self.key.export_public_key())
        new.replace(keys)  # another file, without an access list
        await self.run(
            f"icacls.exe {keys} {ONLY_US} | Out-Null\n"
            "New-NetFirewallRule -Name ours -DisplayName SSH -Direction Inbound -Protocol TCP "
            f"-LocalPort {self.port} -Action Allow -Profile Any -ErrorAction SilentlyContinue "
            "| Out-Null\n"
            "Set-Service -Name sshd -StartupType Automatic\nRestart-Service -Name sshd"
        )

    async def ssh(self, command: str) -> asyncssh.SSHCompletedProcess:
        async with asyncssh.connect(
            self.spec.address,
            self.port,
            username=ADMIN,
            client_keys=[self.key],
            known_hosts=None,
            config=None,
            agent_path=None,
        ) as connection:
            return await connection.run(command)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def windows(tmp_path_factory) -> AsyncIterator[Windows]:
    made = Windows(tmp_path_factory.mktemp("w"), "2025")
    try:
        await made.machines.create(made.spec)
        yield made
    finally:
        await made.machines.close()


async def test_nobody_gets_in_until_service_rule_and_keys_are_there(windows):
    with pytest.raises(ConnectionRefusedError):
        await windows.ssh("whoami")
    # The image's own rule is for private networks: the service alone is not enough.
    await windows.run("Set-Service -Name sshd -StartupType Automatic; Restart-Service -Name sshd")
    with pytest.raises(ConnectionRefusedError):
        await windows.ssh("whoami")
    await windows.allow_ssh()
    done = await windows.ssh("powershell.exe -Command $env:USERNAME")
    assert (done.exit_status, done.stdout) == (0, f"{ADMIN}\n")


async def test_keys_that_others_may_open_are_ignored(windows):
    await windows.allow_ssh()
    keys = windows.root / "ProgramData/ssh/administrators_authorized_keys"
    await windows.run(f"icacls.exe {keys} /grant '*S-1-5-32-545:RX' | Out-Null")
    with pytest.raises(asyncssh.PermissionDenied):
        await windows.ssh("whoami")


async def test_a_key_that_was_replaced_has_lost_its_access_list(windows):
    await windows.allow_ssh()
    key = windows.root / "ProgramData/ssh/ssh_host_ed25519_key"
    new = key.with_suffix(".new")
    new.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    new.replace(key)
    assert "are too open" in await windows.refused("Restart-Service -Name sshd")
    await windows.run(f"icacls.exe {key} {ONLY_US} | Out-Null\nRestart-Service -Name sshd")
    async with asyncssh.connect(
        windows.spec.address,
        windows.port,
        username=ADMIN,
        client_keys=[windows.key],
        known_hosts=None,
        config=None,
        agent_path=None,
    ) as connection:
        wanted = asyncssh.read_private_key(key).export_public_key()
        assert connection.get_server_host_key().export_public_key() == wanted


async def test_a_configuration_that_sshd_does_not_know_keeps_it_off(windows):
    await windows.allow_ssh()
    file = windows.root / "ProgramData/ssh/sshd_config"
    file.parent.mkdir(exist_ok=True)
    file.write_text("Prot 22\n")
    try:
        assert "does not know Prot" in await windows.refused("Restart-Service -Name sshd")
    finally:
        file.unlink()
        await windows.run("Restart-Service -Name sshd")


async def test_programs_of_this_computer_are_not_found(windows):
    assert "is not recognized" in await windows.refused("bash -c true")
    assert "is not recognized" in await windows.refused("& '/bin/sh' -c true")


async def test_custom_data_is_saved_and_not_run(windows):
    assert (windows.root / "AzureData/CustomData.bin").read_bytes() == b"saved, not run"


async def test_a_rule_a_user_and_a_service_are_there_once(windows):
    user = (
        "New-LocalUser -Name ann -Password (ConvertTo-SecureString -AsPlainText -Force 'aB3-xxxxx')"
    )
    await windows.run(f"{user} | Out-Null")
    assert "already exists" in await windows.refused(f"{user} | Out-Null")
    assert "was not found" in await windows.refused("Get-LocalUser -Name bea")
    assert "complexity" in await windows.refused(user.replace("aB3-xxxxx", "simple"))
    assert "Cannot find any service" in await windows.refused("Restart-Service -Name nothing")
    join = "Add-LocalGroupMember -SID S-1-5-32-545 -Member ann"
    await windows.run(join)
    assert "already a member" in await windows.refused(join)


async def test_netsh_and_icacls_refuse_what_they_do_not_know(windows):
    for wrong in (
        "netsh.exe advfirewall set allprofiles state off",
        "netsh.exe interface portproxy add v4tov4 listenport=1",
        "icacls.exe $env:ProgramData /deny Everyone:F",
        "icacls.exe $env:ProgramData /grant 'nobody:F'",
    ):
        said = await windows.run(f'{wrong} | Out-Null\n"status $LASTEXITCODE"')
        assert said.splitlines()[-1] != "status 0" or "status 0" not in said, wrong


async def test_2022_has_ssh_once_the_extension_has_brought_it(tmp_path):
    old = Windows(tmp_path, "2022")
    try:
        await old.machines.create(old.spec)
        assert "Cannot find any service" in await old.refused("Get-Service -Name sshd")
        await old.run("Add-WindowsCapability -Online -Name 'OpenSSH.Server~~~~0.0.1.0' | Out-Null")
        await old.allow_ssh()
        assert (await old.ssh("powershell.exe -Command 1")).exit_status == 0
    finally:
        await old.machines.close()

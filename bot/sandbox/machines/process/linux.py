"""Linux on a process machine: cloud-init, accounts, services, packet filters."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.sandbox.machines.process.accounts import Accounts, User
from bot.sandbox.machines.process.cloud_init import CloudInit
from bot.sandbox.machines.process.environment import login_shell
from bot.sandbox.machines.process.firewalld import Firewalld
from bot.sandbox.machines.process.host import Host
from bot.sandbox.machines.process.journal import Journal
from bot.sandbox.machines.process.logins import Logins
from bot.sandbox.machines.process.manager import Manager
from bot.sandbox.machines.process.operating_system import Program, RunAsRoot
from bot.sandbox.machines.process.packet_filter import Firewall
from bot.sandbox.machines.process.processes import Processes
from bot.sandbox.machines.process.ssh_server import SshServer
from bot.sandbox.machines.process.ssh_service import SshService
from bot.sandbox.machines.process.sshd_config import key_files
from bot.sandbox.machines.process.standins import ssh_unit
from bot.sandbox.machines.process.standins.install import install_standins
from bot.sandbox.machines.process.systemctl import Systemctl
from bot.sandbox.machines.process.tree import Tree


class Linux:
    """The operating system of one boot; for SSH it is the `SignIn` too."""

    def __init__(
        self, spec: Mapping[str, Any], tree: Tree, processes: Processes, reboot: Callable[[], None]
    ) -> None:
        self._spec = spec
        self._tree = tree
        tree.make_directories()
        accounts = Accounts(tree)
        accounts.create()
        install_standins(tree, spec["image"])
        self._host = Host(
            machine_id=spec["machine_id"],
            address=spec["address"],
            ssh_port=spec["ssh_port"],
            network=spec["network"],
            tree=tree,
            processes=processes,
            journal=Journal(tree),
            accounts=accounts,
        )
        self._firewall = Firewall(spec["address"])
        self._firewalld = Firewalld(spec["address"], tree)
        self._manager = Manager(self._host)
        unit = ssh_unit(spec["image"])
        logins = Logins(self._host.journal, unit)
        server = SshServer(self, spec["address"], spec["ssh_port"], processes, logins)
        self._ssh = SshService(unit, self._host, server)
        self._manager.add(self._ssh)
        self._systemctl = Systemctl(self._manager, self._host.journal, reboot)
        self.programs: Mapping[str, Program] = {
            "systemctl": self._systemctl.run,
            "loginctl": logins.loginctl,
            "nft": self._firewall.nft,
            "firewall-cmd": self._firewalld.firewall_cmd,
            "firewall-offline-cmd": self._firewalld.firewall_offline_cmd,
        }

    async def boot(self, run: RunAsRoot) -> None:
        """Boot in the order of a real system: cloud-init's users and keys, services, then SSH."""
        spec = self._spec
        cloud_init = CloudInit(
            self._tree, self._host.accounts, spec["hostname"], spec["admin_user"]
        )
        await asyncio.to_thread(
            cloud_init.first_boot,
            spec["custom_data"].encode("latin-1"),
            list(spec["authorized_keys"]),
            run,
        )
        await self._manager.boot()
        await self._ssh.start()

    async def shut_down(self) -> None:
        """Stop SSH first, so that no session begins while services end."""
        await self._ssh.stop()
        self._systemctl.close()
        await self._manager.shut_down()
        await self._firewall.close()
        self._host.journal.close()

    def root_command(self, script: str) -> tuple[Sequence[str], dict[str, str]]:
        """Return the shell that runs the script, with root's environment."""
        return ("/bin/sh", "-c", script), self._host.environment(self._host.root_user)

    async def serve(
        self, program: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Keep firewalld's connection: the daemon's rules are in this init."""
        if program != "firewalld":
            return False
        await self._firewalld.serve(reader, writer)
        return True

    # -- signing in

    @property
    def host_key_file(self) -> Path:
        return self._tree.root / "etc/ssh/ssh_host_ed25519_key"

    def user(self, name: str) -> User | None:
        """Return any user with a shell, except root."""
        user = self._host.accounts.user(name)
        return user if user and user.may_sign_in and user.name != "root" else None

    def read_configuration(self) -> None:
        self._key_files = key_files(self._tree)

    def authorized_keys(self, user: User) -> Path:
        return self._key_files.get(user.name, Path(user.home) / ".ssh/authorized_keys")

    def environment(self, user: User) -> dict[str, str]:
        return self._host.environment(user)

    def session(self, user: User, command: str | None) -> Sequence[str]:
        shell = login_shell(user)
        return (shell, "-c", command) if command else (shell, "-l")

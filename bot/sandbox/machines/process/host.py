"""The state that the parts of a machine's init share."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.machines.process.accounts import Accounts, User
from bot.sandbox.machines.process.environment import user_environment
from bot.sandbox.machines.process.journal import Journal
from bot.sandbox.machines.process.processes import Processes
from bot.sandbox.machines.process.tree import Tree


@dataclass(frozen=True)
class Host:
    """One running machine: its disk, its processes, its address, its accounts.

    `network` is the result of environment.network_environment; `ssh_port` is the port of SSH.
    """

    machine_id: str
    address: str
    ssh_port: int
    network: Mapping[str, str]
    tree: Tree
    processes: Processes
    journal: Journal
    accounts: Accounts

    def environment(self, user: User) -> dict[str, str]:
        """Return the environment of a fresh session of this user on this machine."""
        return user_environment(self.tree, self.machine_id, user, self.network)

    @property
    def root_user(self) -> User:
        user = self.accounts.user("root")
        if user is None:
            raise RuntimeError("the machine's /etc/passwd has no root")
        return user

    @property
    def hostname(self) -> str:
        return (self.tree.root / "etc/hostname").read_text().strip()

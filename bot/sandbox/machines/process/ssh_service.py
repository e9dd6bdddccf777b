"""The SSH server as a service of systemctl."""

from bot.sandbox.machines.process.host import Host
from bot.sandbox.machines.process.service import JobFailed, Service
from bot.sandbox.machines.process.ssh_server import SshServer
from bot.sandbox.machines.process.units import Unit


class SshService(Service):
    """A service without a process of its own, because init itself serves SSH."""

    def __init__(self, name: str, host: Host, server: SshServer) -> None:
        super().__init__(Unit(name, host.tree.root / "usr/lib/systemd/system" / name), host)
        self._server = server

    async def start(self) -> None:
        """Start to listen. Raise JobFailed."""
        if not self._server.is_listening:
            await self._server.listen()
        self.active, self.sub = "active", "running"

    async def stop(self) -> None:
        """Stop the server. Its sessions end too, unlike those of the real service."""
        await self._server.close()
        self.active, self.sub = "inactive", "dead"

    async def reload(self) -> None:
        """Read host key and configuration again. Raise JobFailed."""
        if self.active != "active":
            raise JobFailed(f"{self.unit.name} is not active, cannot reload.")
        try:
            self._server.reload()
        except (ValueError, OSError) as error:
            raise JobFailed(f"Job for {self.unit.name} failed: {error}") from error

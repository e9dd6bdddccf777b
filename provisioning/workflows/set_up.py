"""The step of a creation that turns a machine into a notebook server.

It rotates the host key, runs the machine program over SSH and stores the resulting certificate.
"""

import asyncio
from dataclasses import asdict, dataclass, replace

import structlog

from provisioning.access.certificates import CertificateFiles
from provisioning.access.installation_keys import ROTATED, InstallationKeys
from provisioning.access.machine_access import Reach
from provisioning.core.language import N_, stored
from provisioning.core.model.cloud import Endpoint
from provisioning.core.model.machine import MachineEvent, SetUpResult
from provisioning.core.model.policy import MachineLayout, Tls
from provisioning.core.model.server import Server, Stage
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud
from provisioning.core.ports.host import Host
from provisioning.core.ports.people import People
from provisioning.core.ports.store import ServerStore
from provisioning.core.retry import all_of
from provisioning.platforms.catalogue import Platform, get_platform

NO_AUTHORITY_ON_WINDOWS = N_("a Windows server can't get a certificate from an authority yet")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SettingUp:
    """The set-up of machines. `certificates` are the organisation's, None in other modes."""

    cloud: Cloud
    host: Host
    cards: CardMessages
    store: ServerStore
    keys: InstallationKeys
    layout: MachineLayout
    tls: Tls
    certificates: CertificateFiles | None
    people: People

    async def run(self, server: Server) -> None:
        """Run the machine program and store its results, which the next steps verify."""
        platform = get_platform(server.platform)
        endpoint = await self.cloud.network.endpoint(server)
        server = await self._rotate_host_key(server, platform, endpoint)
        hostname = self.tls.hostname(server.id, endpoint.hostname, server.region)
        url = self.layout.url(hostname)
        tls, tls_reason = await self._tls_section(platform, hostname)
        loop = asyncio.get_running_loop()
        drawing: set[asyncio.Task[None]] = set()

        def report(event: MachineEvent) -> None:
            if event.state != "start":
                log.info("set-up", server=server.id, **asdict(event))
                return
            task = loop.create_task(self._show(server, event.step))
            drawing.add(task)
            task.add_done_callback(drawing.discard)

        result = await self.host.set_up(
            Reach(self.keys, self.layout).access(server, endpoint.public_address),
            platform,
            {
                **self._specification(server, platform, endpoint, url),
                "owner": await self._owner(server),
                "hostnames": sorted({hostname, endpoint.hostname, endpoint.private_address}),
                "tls": tls,
            },
            report,
        )
        await all_of(*drawing)
        reached = {"url": url, "address": endpoint.public_address}
        result = replace(result, tls_reason=result.tls_reason or tls_reason)
        await self._note(server, result, **reached)

    async def _note(self, server: Server, result: SetUpResult, **reached: object) -> None:
        await self.store.update(
            server.id,
            server.generation,
            certificate_sha256=result.certificate_sha256,
            tls=result.tls,
            tls_reason=result.tls_reason,
            machine_version=result.version,
            **reached,
        )

    async def _rotate_host_key(
        self, server: Server, platform: Platform, endpoint: Endpoint
    ) -> Server:
        """Replace the planted host key, which is readable in the VM's customData.

        The machine gets secrets only after that. From then on the bot accepts only the new key.
        """
        if server.host_key_generation == ROTATED:
            return server
        pair = self.keys.host_key(server.id, ROTATED)
        access = Reach(self.keys, self.layout).access(server, endpoint.public_address)
        await self.host.rotate_host_key(access, platform, pair.private_openssh)
        changed = await self.store.update(server.id, server.generation, host_key_generation=ROTATED)
        return changed or replace(server, host_key_generation=ROTATED)

    async def _show(self, server: Server, word: str) -> None:
        detail = stored(word)  # a word of the machine's is never read as a stored text
        if await self.store.set_stage(server.id, server.generation, Stage.SET_UP, detail):
            await self.cards.update_progress(replace(server, stage_detail=detail))

    def _specification(
        self, server: Server, platform: Platform, endpoint: Endpoint, url: str
    ) -> dict[str, object]:
        return {
            "server_id": server.id,
            "server_name": server.name,
            "root": self.layout.root,
            "notebook_user": platform.notebook_user,
            "bind_address": endpoint.private_address,
            "notebook_port": self.layout.notebook_port,
            "public_port": self.layout.https_port,
            "ssh_port": self.layout.ssh_port,
            "url": url,
            "platform": platform.machine_section(),
        }

    async def _owner(self, server: Server) -> dict[str, object]:
        name, zone = server.owner_name or server.owner, await self.people.zone(server.owner)
        return {"id": server.owner, "name": name, "zone": zone}

    async def _tls_section(
        self, platform: Platform, hostname: str
    ) -> tuple[dict[str, object], str]:
        """Return the specification's `tls` section, and why it falls short of the setting.

        The reason is "" if the section is what the setting asks for.
        """
        if self.certificates is not None:
            pair = await asyncio.to_thread(self.certificates.read)
            organisation = {"certificate": pair.certificate, "key": pair.key}
            return {"mode": "organisation", **organisation}, ""
        if self.tls.mode != "acme":
            return {"mode": "self-signed"}, ""
        if platform.os == "windows":  # its client and timer are Linux's
            return {"mode": "self-signed"}, NO_AUTHORITY_ON_WINDOWS
        authority: dict[str, object] = {
            "mode": "acme",
            "hostname": hostname,
            "directory": self.tls.directory,
            "email": self.tls.email,
            "authorities": self.tls.authorities,
            "http_port": self.tls.http_port,
        }
        return authority, ""

"""Running the machine's Jupyter configuration as a process, and browsers that sign in to it."""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.request import urlopen

import aiohttp
from aiohttp.connector import NEEDS_CLEANUP_CLOSED
from argon2 import PasswordHasher

from provisioning.machine.notebook_identity.access_list import OneTime
from provisioning.machine.notebook_identity.members import Members
from provisioning.machine.notebook_identity.one_time import choice_key, digest_of
from provisioning.machine.notebook_identity.register import Register
from provisioning.machine.notebook_setup.files import render
from provisioning.machine.notebook_setup.layout import Layout

MACHINE = Path(__file__).resolve().parents[3] / "provisioning/machine"
ONE_TIME = "k7mqz-aaaaa-bbbbb-ccccc"
OWN = "correct horse battery"
# Cheap on purpose: the tests are about access, not about the time that a hash takes.
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class JupyterServer:
    """A running server, with its address, members and log.

    `root` changes the access list as root's program does; browsers come from `client`.
    """

    url: str
    folder: Path
    environments: Layout
    port: int
    process: subprocess.Popen[bytes]
    ssl: ssl.SSLContext
    ana: str = "U_ANA"
    client: str = "127.0.0.1"
    root: Register = field(init=False)
    members: Members = field(init=False)

    def __post_init__(self) -> None:
        settings = self.folder / "settings"
        self.access_list, self.deeds = (
            settings / "access/list.json",
            self.folder / "state/members.json",
        )
        self.root = Register(self.access_list, settings / "choice-keys.json", self.deeds)
        self.members = Members(self.access_list, self.deeds)

    def forget_people(self) -> None:
        """Remove all members, and use another id for Ana and another network for browsers.

        So no wrong passwords have been counted yet.
        """
        for person in self.members.people():
            self.root.revoke(person.id)
        self.root.admit([])
        self.ana = f"U_ANA{secrets.token_hex(4)}".upper()
        self.client = self.other_network()

    @staticmethod
    def other_network() -> str:
        return f"127.{secrets.randbelow(200) + 50}.{secrets.randbelow(255)}.7"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def plant(
        self,
        user: str | None = None,
        name: str = "Ana",
        password: str = ONE_TIME,
        seconds: float = 600,
    ) -> None:
        one_time = OneTime(time.time() + seconds, digest_of(password))
        self.root.plant(user or self.ana, name, one_time, choice_key(password))

    def browser(self, client: str = "", **headers: str) -> "Browser":
        return Browser(self, headers, client=client or self.client)

    def restart(self) -> None:
        """End the server's process and start it again, with the same files."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)
        self.process = _start(self.folder, self.environments)
        _wait_until_up(self)


class Browser:
    """A client that behaves like a browser: keeps cookies, sends the form's `_xsrf` field."""

    def __init__(
        self,
        server: JupyterServer,
        headers: dict[str, str],
        ssl: object = None,
        client: str = "",
    ) -> None:
        self._server = server
        self.client = client
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers=headers,
            connector=aiohttp.TCPConnector(
                ssl=server.ssl if ssl is None else ssl,
                local_addr=(client, 0) if client else None,
                # A refused WebSocket's connection otherwise waits for the server's end of TLS,
                # beyond the test. aiohttp refuses the option where Python does it by itself.
                enable_cleanup_closed=NEEDS_CLEANUP_CLOSED,
            ),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(self, path: str, **values: object) -> aiohttp.ClientResponse:
        return await self.request("GET", path, **values)

    async def request(self, method: str, path: str, **values: object) -> aiohttp.ClientResponse:
        values.setdefault("allow_redirects", False)
        async with self._session.request(method, self._server.url + path, **values) as response:
            await response.read()
            return response

    async def submit(self, path: str, **fields: str) -> aiohttp.ClientResponse:
        """Open a page, fill in its form and send the form."""
        page = await (await self.get(path)).text()
        found = re.search(r'name="_xsrf" value="([^"]+)"', page)
        assert found, f"no form at {path}: {page[:300]}"
        return await self.request("POST", path, data={"_xsrf": found[1], **fields})

    async def sign_in(self, password: str, name: str = "") -> aiohttp.ClientResponse:
        return await self.submit("/login", password=password, name=name)

    async def choose(self, password: str, again: str | None = None) -> aiohttp.ClientResponse:
        again = password if again is None else again
        return await self.submit("/choose-password", new_password=password, again=again)

    async def enter(self, one_time: str = ONE_TIME, own: str = OWN, name: str = "") -> None:
        """Sign in with a one-time password, and choose an own one."""
        assert (await self.sign_in(one_time, name)).status == 302
        chosen = await self.choose(own)
        assert chosen.status == 302, await chosen.text()

    def xsrf(self) -> dict[str, str]:
        """Return the header that JupyterLab's own requests have."""
        cookies = {cookie.key: cookie.value for cookie in self._session.cookie_jar}
        return {"X-XSRFToken": cookies["_xsrf"]}

    def cookies(self) -> dict[str, str]:
        return {cookie.key: cookie.value for cookie in self._session.cookie_jar}

    async def socket(self, path: str, **options: str) -> aiohttp.ClientWebSocketResponse:
        url = self._server.url.replace("https", "wss") + path
        return await self._session.ws_connect(url, **options)

    async def start_kernel(self) -> str:
        response = await self.request(
            "POST", "/api/kernels", json={"name": "python3"}, headers=self.xsrf()
        )
        assert response.status == 201, await response.text()
        return str((await response.json())["id"])


@contextmanager
def running_server(folder: Path, environments: Layout) -> Iterator[JupyterServer]:
    """Start Jupyter with the machine's own configuration and end it afterwards."""
    port = free_port()
    _configure(folder, port, environments)
    state = folder / "state"
    program = MACHINE / "as_user/certificate.py"
    certificate = [environments.server_python, program, state / "tls", "127.0.0.1"]
    subprocess.run(certificate, check=True, capture_output=True)
    process = _start(folder, environments)
    context = ssl.create_default_context(cafile=str(state / "tls/notebook.crt"))
    server = JupyterServer(
        f"https://127.0.0.1:{port}", folder, environments, port, process, context
    )
    try:
        _wait_until_up(server)
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGTERM)
        try:
            server.process.wait(15)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.process.pid, signal.SIGKILL)


def _configure(folder: Path, port: int, environments: Layout) -> None:
    settings = folder / "settings"
    for each in (settings / "labconfig", settings / "access", folder / "state", folder / "work"):
        each.mkdir(parents=True)
    for name, target in (
        ("jupyter_server_config.py", settings),
        ("default_setting_overrides.json", settings / "labconfig"),
        ("ipython_kernel_config.py", settings),
    ):
        shutil.copy(MACHINE / "assets" / name, target)
    machine = {
        "server_name": "quiet-otter",
        "bind_address": "127.0.0.1",
        "notebook_port": port,
        "url": f"https://127.0.0.1:{port}/",
        "library": str(MACHINE),
        "state": str(folder / "state"),
        "work": str(folder / "work"),
    }
    (settings / "machine.json").write_text(json.dumps(machine))
    spec = settings / "jupyter/kernels/python3/kernel.json"
    spec.parent.mkdir(parents=True)
    places = {
        "python": environments.python,
        "library": MACHINE,
        "kernel_configuration": settings / "ipython_kernel_config.py",
    }
    spec.write_text(render((MACHINE / "assets/kernel.json").read_text(), places))


def _start(folder: Path, environments: Layout) -> subprocess.Popen[bytes]:
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environ = {
        "PATH": f"{environments.python.parent}:/usr/bin:/bin",
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "JUPYTER_CONFIG_DIR": str(folder / "settings"),
        "JUPYTER_PATH": str(folder / "settings/jupyter"),
        "JUPYTER_RUNTIME_DIR": str(folder / "run"),
        "JUPYTER_PLATFORM_DIRS": "0",
    }
    config = folder / "settings/jupyter_server_config.py"
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [environments.server_python, "-I", "-m", "jupyterlab", f"--config={config}"],
            env=environ,
            cwd=folder / "settings",
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait_until_up(server: JupyterServer) -> None:
    deadline = time.monotonic() + 60
    while True:
        assert server.process.poll() is None, server.log
        assert time.monotonic() < deadline, server.log
        with suppress(OSError), urlopen(f"{server.url}/api", context=server.ssl) as answer:
            assert answer.status == 200
            return
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

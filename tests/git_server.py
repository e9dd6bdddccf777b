"""A public Git server on loopback: git's own http-backend behind https."""

import asyncio
import os
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from tests.certificates import SmallAuthority

_QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@example.com",
    "GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@example.com",
}  # fmt: skip


@dataclass
class GitServer:
    """A running server: the `url` of its repositories, and the `pem` to trust.

    Clones wait while `gate` is closed.
    """

    url: str
    pem: str
    folder: Path
    gate: asyncio.Event

    def add(self, name: str, files: dict[str, bytes]) -> str:
        """Add a repository with one commit; return its URL."""
        work = self.folder / f"{name}.work"
        work.mkdir()
        for path, content in files.items():
            (work / path).write_bytes(content)
        for words in (
            ["init", "--quiet", "--initial-branch=main"],
            ["add", "."],
            ["commit", "--quiet", "-m", "First"],
        ):
            _git(work, *words)
        _git(self.folder, "clone", "--quiet", "--bare", str(work), f"{name}.git")
        (self.folder / f"{name}.git/git-daemon-export-ok").touch()
        return f"{self.url}/{name}.git"

    def change(self, name: str, files: dict[str, bytes]) -> None:
        """Push a second commit to the repository."""
        work = self.folder / f"{name}.work"
        for path, content in files.items():
            (work / path).write_bytes(content)
        for words in (["add", "."], ["commit", "--quiet", "-m", "Second"]):
            _git(work, *words)
        _git(work, "push", "--quiet", str(self.folder / f"{name}.git"), "main")

    def add_empty(self, name: str) -> str:
        """Add a repository without a commit; return its URL."""
        bare = self.folder / f"{name}.git"
        _git(self.folder, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
        (bare / "git-daemon-export-ok").touch()
        return f"{self.url}/{name}.git"


def _git(folder: Path, *words: str) -> None:
    environment = os.environ | _QUIET | {"HOME": str(folder)}
    subprocess.run(["git", *words], cwd=folder, env=environment, check=True)


@asynccontextmanager
async def git_server(folder: Path) -> AsyncIterator[GitServer]:
    """Run a Git server inside the `with` block."""
    authority = SmallAuthority()
    chain, key, _ = authority.give("localhost")
    for name, text in (("chain.pem", chain), ("key.pem", key)):
        (folder / name).write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    gate = asyncio.Event()
    gate.set()
    app = web.Application(client_max_size=100_000_000)

    async def backend(request: web.Request) -> web.StreamResponse:
        await gate.wait()
        kind, _, rest = request.path.removeprefix("/").partition("/")
        if kind == "to-http":
            raise web.HTTPFound(f"http://localhost/{rest}?{request.query_string}")
        if kind == "private":
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="git"'})
        if kind == "endless":
            if b"command=fetch" in await request.read():
                return await _endless(request)
            return await _backend(folder, request, f"/{rest}")
        return await _backend(folder, request, request.path)

    app.router.add_route("*", "/{path:.*}", backend)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield GitServer(f"https://localhost:{port}", authority.pem, folder, gate)
    finally:
        gate.set()
        await runner.cleanup()


async def _endless(request: web.Request) -> web.StreamResponse:
    """Send a pack without an end, in version 2 of Git's protocol.

    The loop yields after each packet, so that the server hears when the client is gone.
    """
    response = web.StreamResponse()
    response.content_type = "application/x-git-upload-pack-result"
    await response.prepare(request)
    noise = b"\x01" + b"PACK" + os.urandom(60_000)
    packet = b"%04x" % (len(noise) + 4) + noise
    with suppress(ConnectionError):
        await response.write(b"0011shallow-info" + b"\n" + b"0001" + b"000dpackfile\n")
        while True:
            await response.write(packet)
            await asyncio.sleep(0)
    return response


async def _backend(folder: Path, request: web.Request, path: str) -> web.Response:
    """Answer a request by git's CGI program, as a web server does."""
    environment = os.environ | {
        "GIT_PROJECT_ROOT": str(folder),
        "PATH_INFO": path,
        "QUERY_STRING": request.query_string,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
    }
    process = await asyncio.create_subprocess_exec(
        "git", "http-backend", env=environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        output, _ = await process.communicate(await request.read())
    finally:
        if process.returncode is None:  # the server stops while a client still clones
            process.kill()
            await process.wait()
    head, _, body = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
    status = int(headers.pop("Status", "200").split()[0])
    return web.Response(status=status, body=body, headers=headers)

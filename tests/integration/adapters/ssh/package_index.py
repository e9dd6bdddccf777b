"""A package index on loopback with one wheel, as pip requests it."""

import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

NAME = "uv-1.2.3-py3-none-win_amd64.whl"


def a_wheel(program: bytes) -> bytes:
    """Return a small wheel for Windows with a program in it, as in uv's."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as wheel:
        wheel.writestr("uv-1.2.3.data/scripts/uv.exe", program)
        about = "uv-1.2.3.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: uv\nVersion: 1.2.3\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-win_amd64\n")
        wheel.writestr(f"{about}/RECORD", "")
    return made.getvalue()


def lock_of(wheel: bytes) -> str:
    """Return the line of a lock for the wheel."""
    return f"uv==1.2.3 \\\n    --hash=sha256:{hashlib.sha256(wheel).hexdigest()}\n"


@dataclass
class Index:
    """The index's wheel, and how often it was requested."""

    wheel: bytes
    url: str = ""
    given: list[str] = field(default_factory=list)

    async def page(self, request: web.Request) -> web.Response:
        return web.Response(text=f'<a href="/{NAME}">{NAME}</a>', content_type="text/html")

    async def file(self, request: web.Request) -> web.Response:
        self.given.append(request.path)
        return web.Response(body=self.wheel)


@asynccontextmanager
async def package_index(wheel: bytes) -> AsyncIterator[Index]:
    """Run the index while the context lasts."""
    index, app = Index(wheel), web.Application()
    app.router.add_get("/simple/uv/", index.page)
    app.router.add_get(f"/{NAME}", index.file)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    index.url = f"http://127.0.0.1:{runner.addresses[0][1]}/simple"
    try:
        yield index
    finally:
        await runner.cleanup()

"""A notebook server on a disk that is full: a member gets in, and gets room again."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.small_disks import MIB, fill, small_disk

from .jupyter_server import OWN, Browser, JupyterServer, running_server


@pytest.fixture(scope="module")
def disk(tmp_path_factory):
    with small_disk(tmp_path_factory.mktemp("small") / "disk") as folder:
        yield folder


@pytest.fixture(scope="module")
def running(disk, environments):
    with running_server(disk / "server", environments) as server:
        yield server


@pytest.fixture
def full(server) -> Iterator[Path]:
    """A file of the member's that fills the server's disk, after the password was planted."""
    server.plant()
    path = fill(server.folder / "work", "full.bin")
    yield path
    path.unlink(missing_ok=True)


def free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


async def delete(browser: Browser, path: str) -> int:
    answer = await browser.request("DELETE", f"/api/contents/{path}", headers=browser.xsrf())
    return answer.status


async def test_deleting_a_file_frees_its_space_at_once(server: JupyterServer):
    server.plant()
    (server.folder / "work/data.bin").write_bytes(b"x" * 5 * MIB)
    async with server.browser() as browser:
        await browser.enter()
        before = free(server.folder)
        assert await delete(browser, "data.bin") == 204
    assert free(server.folder) - before >= 4 * MIB


async def test_deleting_a_folder_with_files_frees_their_space_at_once(server: JupyterServer):
    server.plant()
    folder = server.folder / "work/results"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/data.bin").write_bytes(b"x" * 5 * MIB)
    async with server.browser() as browser:
        await browser.enter()
        before = free(server.folder)
        assert await delete(browser, "results") == 204
    assert free(server.folder) - before >= 4 * MIB


async def test_on_a_full_disk_a_member_gets_in_and_deletes(server: JupyterServer, full):
    async with server.browser() as first, server.browser() as second:
        await first.enter()
        assert (await second.sign_in(OWN)).status == 302
        assert (await second.get("/lab")).status == 200
        assert (await second.get("/api/contents")).status == 200
        assert await delete(second, full.name) == 204
        assert free(server.folder) > 10 * MIB
        assert (await first.get("/api/me")).status == 200

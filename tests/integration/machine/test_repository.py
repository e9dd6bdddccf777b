"""Cloning a repository on the machine by git and by dulwich, from an https server on loopback."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import dulwich
import pytest

from tests.git_server import git_server
from tests.integration.machine.jupyter_server import MACHINE

pytestmark = pytest.mark.timeout(90)

PROGRAM = MACHINE / "as_user/clone.py"


@pytest.fixture
async def server(tmp_path):
    (tmp_path / "served").mkdir()
    async with git_server(tmp_path / "served") as running:
        yield running


class Machine:
    """Runs the clone program as the notebook user would."""

    def __init__(self, home, server, library):
        self.home, self.server, self.library = home, server, library
        self.work = home / "work"

    async def clone(self, url, name="lessons", seconds=30.0, most=50_000_000, trusted=True, **env):
        request = {
            "url": url,
            "folder": str(self.work / name),
            "seconds": seconds,
            "bytes": most,
            "authorities": self.server.pem if trusted else "",
            "library": self.library,
        }
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.PIPE)
        environ = os.environ | {"HOME": str(self.home)} | env
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", PROGRAM, env=environ, **pipes
        )
        output, errors = await process.communicate(json.dumps(request).encode())
        return process.returncode, json.loads(output or b"null"), errors.decode()

    def left(self):
        return sorted(path.name for path in self.work.iterdir())


DULWICH = str(Path(dulwich.__file__).parent.parent)


@pytest.fixture(params=["", DULWICH], ids=["git", "dulwich"])
def machine(tmp_path, server, request):
    (tmp_path / "home").mkdir()
    return Machine(tmp_path / "home", server, request.param)


@pytest.fixture
def without_git(tmp_path, server):
    (tmp_path / "home").mkdir()
    return Machine(tmp_path / "home", server, DULWICH)


async def test_a_repository_is_cloned_completely_and_only_once(machine, server):
    url = server.add("lessons", {"one.ipynb": b"{}", "data.csv": b"a,b\n"})
    assert await machine.clone(url) == (0, {"changed": True}, "")
    assert (machine.work / "lessons/data.csv").read_bytes() == b"a,b\n"
    (machine.work / "lessons/one.ipynb").write_text("edited")
    assert await machine.clone(url) == (0, {"changed": False}, "")
    assert (machine.work / "lessons/one.ipynb").read_text() == "edited"
    assert machine.left() == ["lessons"]


async def test_a_missing_repository_is_reported_and_leaves_nothing(machine, server):
    status, _, errors = await machine.clone(f"{server.url}/nowhere.git")
    assert status == 1
    assert "not found" in errors
    assert machine.left() == []


async def test_a_repository_that_is_too_large_is_refused(machine, server):
    url = server.add("lessons", {"noise": os.urandom(3_000_000)})
    status, _, errors = await machine.clone(url, most=1_000_000)
    assert (status, errors.strip()) == (1, "it is larger than 1 MB")
    assert machine.left() == []


async def test_a_clone_that_takes_too_long_is_ended(machine, server):
    url = server.add("lessons", {"a": b"a"})
    server.gate.clear()
    status, _, errors = await machine.clone(url, seconds=1)
    assert (status, errors.strip()) == (1, "it took longer than 1 seconds")
    assert machine.left() == []


async def test_a_clone_succeeds_after_an_interrupted_run(machine, server):
    url = server.add("lessons", {"a": b"a"})
    (machine.work / ".lessons.cloning/.git").mkdir(parents=True)
    assert (await machine.clone(url))[0] == 0
    assert machine.left() == ["lessons"]


async def test_two_simultaneous_clones_make_one(machine, server):
    """A session may end while its clone goes on, and the next session requests the clone again."""
    url = server.add("lessons", {"a": b"a"})
    server.gate.clear()
    first = asyncio.create_task(machine.clone(url))
    while not machine.work.exists():
        await asyncio.sleep(0.05)
    second = asyncio.create_task(machine.clone(url))
    await asyncio.sleep(0.5)  # enough time to begin, if the second clone did not wait
    server.gate.set()
    assert await first == (0, {"changed": True}, "")
    assert await second == (0, {"changed": False}, "")
    assert machine.left() == ["lessons"]


async def test_another_folder_of_that_name_is_left_alone(machine, server):
    url = server.add("lessons", {"a": b"a"})
    (machine.work / "lessons").mkdir(parents=True)
    status, _, errors = await machine.clone(url)
    assert status == 1
    assert "already a folder lessons" in errors
    assert list((machine.work / "lessons").iterdir()) == []


async def test_a_server_with_an_untrusted_certificate_is_refused(machine, server):
    url = server.add("lessons", {"a": b"a"})
    status, _, errors = await machine.clone(url, trusted=False)
    assert status == 1
    assert "certificate" in errors


@pytest.mark.parametrize("url", ["file:///etc", "ext::sh -c id", "http://localhost:1/x.git"])
async def test_only_https_is_accepted(machine, url):
    status, _, errors = await machine.clone(url)
    assert status == 1
    assert "not allowed" in errors


async def test_a_clone_by_dulwich_equals_a_shallow_clone_by_git(without_git, server):
    url = server.add("lessons", {"one.ipynb": b"{}", "a b.txt": b"text\n"})
    server.change("lessons", {"one.ipynb": b"[]", "run.sh": b"#!/bin/sh\n"})
    assert await without_git.clone(url) == (0, {"changed": True}, "")

    def git(*words):
        folder = without_git.work / "lessons"
        done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
        return done.stdout.decode().splitlines()

    assert (without_git.work / "lessons/one.ipynb").read_bytes() == b"[]"
    assert git("status", "--short", "--branch") == ["## main...origin/main"]
    assert len(git("log", "--format=%H")) == 1
    assert git("rev-parse", "--is-shallow-repository") == ["true"]
    assert git("fsck", "--full") == []


async def test_an_empty_repository_is_an_empty_folder(machine, server):
    url = server.add_empty("lessons")
    assert (await machine.clone(url))[0] == 0
    assert [path.name for path in (machine.work / "lessons").iterdir()] == [".git"]
    assert await machine.clone(url) == (0, {"changed": False}, "")


async def test_dulwich_does_not_fetch_git_lfs_files(without_git, server):
    """A pointer file of Git LFS is kept as it is."""
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"
    url = server.add("lessons", {".gitattributes": b"*.bin filter=lfs\n", "a.bin": pointer})
    assert (await without_git.clone(url))[0] == 0
    assert (without_git.work / "lessons/a.bin").read_bytes() == pointer


async def test_a_redirect_to_http_is_not_followed(machine, server):
    server.add("lessons", {"a": b"a"})
    status, _, errors = await machine.clone(f"{server.url}/to-http/lessons.git")
    assert status == 1
    assert "not allowed" in errors or "not supported" in errors or "disabled" in errors
    assert machine.left() == []


async def test_a_repository_that_requires_a_password_is_refused(machine, server):
    status, _, errors = await machine.clone(f"{server.url}/private/lessons.git")
    assert status == 1
    assert "not public" in errors or "could not read Username" in errors


async def test_an_unknown_server_is_reported_briefly(without_git):
    status, _, errors = await without_git.clone("https://nowhere.invalid/a/lessons")
    assert (status, errors.strip()) == (1, "its server's name is unknown")


async def test_an_endless_response_is_ended_by_its_size(without_git, server):
    server.add("lessons", {"a": b"a"})
    url = f"{server.url}/endless/lessons.git"
    status, _, errors = await without_git.clone(url, most=5_000_000, seconds=60)
    assert (status, errors.strip()) == (1, "it is larger than 5 MB")
    assert without_git.left() == []


async def test_without_given_authorities_the_systems_are_trusted(without_git, server, tmp_path):
    url = server.add("lessons", {"a": b"a"})
    (tmp_path / "system.pem").write_text(server.pem)
    system = {"SSL_CERT_FILE": str(tmp_path / "system.pem")}
    assert (await without_git.clone(url, trusted=False, **system))[0] == 0


async def test_dulwich_uses_the_proxy_of_the_environment(without_git, server):
    url = server.add("lessons", {"a": b"a"})
    asked = []

    async def proxy(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.splitlines()[0])
        host, port = head.split()[1].split(":")
        there, here = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(copied(reader, here), copied(there, writer))

    async def copied(source, target):
        while block := await source.read(65_536):
            target.write(block)
        target.close()

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        through = {"https_proxy": f"http://127.0.0.1:{port}", "no_proxy": ""}
        assert (await without_git.clone(url, **through))[0] == 0
    address = server.url.removeprefix("https://")
    assert asked
    assert {line.rpartition(" ")[0] for line in asked} == {f"CONNECT {address}"}

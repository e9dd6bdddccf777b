"""A repository is cloned on the machine, from an https server on loopback: by the real git, and by
dulwich where there is none."""

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
    """Runs the program as the notebooks' user would."""

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
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", PROGRAM, env=os.environ | {"HOME": str(self.home)} | env,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
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


async def test_a_repository_is_there_whole_and_once(machine, server):
    url = server.add("lessons", {"one.ipynb": b"{}", "data.csv": b"a,b\n"})
    assert await machine.clone(url) == (0, {"changed": True}, "")
    assert (machine.work / "lessons/data.csv").read_bytes() == b"a,b\n"
    (machine.work / "lessons/one.ipynb").write_text("edited")
    assert await machine.clone(url) == (0, {"changed": False}, "")
    assert (machine.work / "lessons/one.ipynb").read_text() == "edited"
    assert machine.left() == ["lessons"]


async def test_one_that_is_not_there_leaves_nothing_and_says_so(machine, server):
    status, _, errors = await machine.clone(f"{server.url}/nowhere.git")
    assert status == 1
    assert "not found" in errors
    assert machine.left() == []


async def test_one_that_is_too_large_is_given_up(machine, server):
    url = server.add("lessons", {"noise": os.urandom(3_000_000)})
    status, _, errors = await machine.clone(url, most=1_000_000)
    assert (status, errors.strip()) == (1, "it is larger than 1 MB")
    assert machine.left() == []


async def test_one_that_takes_too_long_is_given_up(machine, server):
    url = server.add("lessons", {"a": b"a"})
    server.gate.clear()
    status, _, errors = await machine.clone(url, seconds=1)
    assert (status, errors.strip()) == (1, "it took longer than 1 seconds")
    assert machine.left() == []


async def test_what_an_interrupted_run_left_is_no_hindrance(machine, server):
    url = server.add("lessons", {"a": b"a"})
    (machine.work / ".lessons.cloning/.git").mkdir(parents=True)
    assert (await machine.clone(url))[0] == 0
    assert machine.left() == ["lessons"]


async def test_two_at_once_make_one(machine, server):
    """A session may end while what it asked for goes on, and the next session asks again."""
    url = server.add("lessons", {"a": b"a"})
    server.gate.clear()
    first = asyncio.create_task(machine.clone(url))
    while not machine.work.exists():
        await asyncio.sleep(0.05)
    second = asyncio.create_task(machine.clone(url))
    await asyncio.sleep(0.5)  # enough for it to begin, were there nothing to wait for
    server.gate.set()
    assert await first == (0, {"changed": True}, "")
    assert await second == (0, {"changed": False}, "")
    assert machine.left() == ["lessons"]


async def test_somebody_elses_folder_is_left_alone(machine, server):
    url = server.add("lessons", {"a": b"a"})
    (machine.work / "lessons").mkdir(parents=True)
    status, _, errors = await machine.clone(url)
    assert status == 1
    assert "a folder lessons already" in errors
    assert list((machine.work / "lessons").iterdir()) == []


async def test_a_server_that_nobody_vouches_for_is_not_trusted(machine, server):
    url = server.add("lessons", {"a": b"a"})
    status, _, errors = await machine.clone(url, trusted=False)
    assert status == 1
    assert "certificate" in errors


@pytest.mark.parametrize("url", ["file:///etc", "ext::sh -c id", "http://localhost:1/x.git"])
async def test_nothing_but_https_is_taken(machine, url):
    status, _, errors = await machine.clone(url)
    assert status == 1
    assert "not allowed" in errors


async def test_without_git_a_clone_is_as_git_makes_one_but_for_its_history(without_git, server):
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


async def test_what_lies_elsewhere_is_not_fetched_without_git(without_git, server):
    """A pointer of git-lfs stays one, and so does a submodule."""
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 9\n"
    url = server.add("lessons", {".gitattributes": b"*.bin filter=lfs\n", "a.bin": pointer})
    assert (await without_git.clone(url))[0] == 0
    assert (without_git.work / "lessons/a.bin").read_bytes() == pointer


async def test_a_server_that_leads_to_http_is_not_followed(machine, server):
    server.add("lessons", {"a": b"a"})
    status, _, errors = await machine.clone(f"{server.url}/to-http/lessons.git")
    assert status == 1
    assert "not allowed" in errors or "not supported" in errors or "disabled" in errors
    assert machine.left() == []


async def test_one_that_asks_for_a_password_is_not_public(machine, server):
    status, _, errors = await machine.clone(f"{server.url}/private/lessons.git")
    assert status == 1
    assert "not public" in errors or "could not read Username" in errors


async def test_a_server_that_is_not_known_is_said_so_in_short(without_git):
    status, _, errors = await without_git.clone("https://nowhere.invalid/a/lessons")
    assert (status, errors.strip()) == (1, "its server's name is not known")


async def test_who_never_ends_is_given_up_by_what_came(without_git, server):
    server.add("lessons", {"a": b"a"})
    url = f"{server.url}/endless/lessons.git"
    status, _, errors = await without_git.clone(url, most=5_000_000, seconds=60)
    assert (status, errors.strip()) == (1, "it is larger than 5 MB")
    assert without_git.left() == []


async def test_without_authorities_of_ours_the_systems_are_trusted(without_git, server, tmp_path):
    url = server.add("lessons", {"a": b"a"})
    (tmp_path / "system.pem").write_text(server.pem)
    system = {"SSL_CERT_FILE": str(tmp_path / "system.pem")}
    assert (await without_git.clone(url, trusted=False, **system))[0] == 0


async def test_the_proxy_of_the_environment_is_used_without_git(without_git, server):
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

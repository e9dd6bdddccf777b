"""A repository is cloned on the machine: by the real git, from an https server on loopback."""

import asyncio
import json
import os
import sys

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

    def __init__(self, home, server):
        self.home, self.server = home, server
        self.work = home / "work"

    async def clone(self, url, name="lessons", seconds=30.0, most=50_000_000, trusted=True):
        request = {
            "url": url,
            "folder": str(self.work / name),
            "seconds": seconds,
            "bytes": most,
            "authorities": self.server.pem if trusted else "",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", PROGRAM, env=os.environ | {"HOME": str(self.home)},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await process.communicate(json.dumps(request).encode())
        return process.returncode, json.loads(output or b"null"), errors.decode()

    def left(self):
        return sorted(path.name for path in self.work.iterdir())


@pytest.fixture
def machine(tmp_path, server):
    (tmp_path / "home").mkdir()
    return Machine(tmp_path / "home", server)


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
async def test_git_itself_takes_nothing_but_https(machine, url):
    status, _, errors = await machine.clone(url)
    assert status == 1
    assert "not allowed" in errors

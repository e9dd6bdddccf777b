"""Fixtures: a real Jupyter server with the machine's identity provider, over https on loopback."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from provisioning.machine.notebook_setup.layout import Layout

from .jupyter_server import JupyterServer, free_port, running_server
from .notebook_environment import make_environments
from .small_machine import SmallMachine


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory) -> Path:
    """A folder for PATH with a `runuser` and a `chown` that change no user."""
    folder = tmp_path_factory.mktemp("bin")
    programs = {
        "runuser": 'while [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n',
        "chown": "exit 0\n",
    }
    for name, text in programs.items():
        script = folder / name
        script.write_text(f"#!/bin/sh\n{text}")
        script.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def environments(pytestconfig, stand_ins) -> Layout:
    """The server's and the kernels' environment, which are kept between test runs."""
    return make_environments(pytestconfig.cache.mkdir("notebook"), stand_ins)


@pytest.fixture(scope="session")
def notebook_python(environments) -> Path:
    """The Python of the kernels' environment."""
    return environments.python


@pytest.fixture(scope="module")
def running(tmp_path_factory, environments) -> Iterator[JupyterServer]:
    """One server for all tests of a module, since its start takes seconds."""
    with running_server(tmp_path_factory.mktemp("server"), environments) as server:
        yield server


@pytest.fixture
def server(running) -> JupyterServer:
    """The server, without any member."""
    running.forget_people()
    return running


@pytest.fixture
def bare_machine(tmp_path) -> Iterator[SmallMachine]:
    """A machine that has not been set up."""
    made = SmallMachine(tmp_path, "127.77.0.6", free_port())
    yield made
    made.shut_down()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs Chromium")
        pytest.skip("Chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()

"""A real Jupyter server with the machine's identity provider, over https on loopback."""

from pathlib import Path

import pytest

from .jupyter_server import JupyterServer, running_server
from .notebook_environment import make_environment


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory) -> Path:
    """A folder for PATH whose `runuser` runs the command as whoever tests."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "runuser"
    script.write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
    script.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def notebook_python(pytestconfig, stand_ins) -> Path:
    """The interpreter of the notebook environment, kept between test runs."""
    return make_environment(pytestconfig.cache.mkdir("notebook"), stand_ins)


@pytest.fixture
async def server(tmp_path, notebook_python) -> JupyterServer:
    """A server of its own for one test, with nobody planted yet."""
    async with running_server(tmp_path, notebook_python) as running:
        yield running

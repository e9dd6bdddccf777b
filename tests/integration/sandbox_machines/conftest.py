"""Machines for these tests: one for each module, and fresh ones for tests that end theirs."""

from collections.abc import AsyncIterator

import pytest_asyncio

from bot.sandbox.machines.process.machines import ProcessMachines

from .small_machines import Machine, Place


@pytest_asyncio.fixture
async def place(tmp_path) -> AsyncIterator[Place]:
    """An empty folder of machines; all machines are stopped at the end."""
    machines = ProcessMachines(tmp_path / "machines")
    try:
        yield Place(tmp_path / "machines", machines)
    finally:
        await machines.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machine(tmp_path_factory) -> AsyncIterator[Machine]:
    """One running machine for the tests of a module that leave it as it was."""
    folder = tmp_path_factory.mktemp("m") / "machines"
    machines = ProcessMachines(folder)
    try:
        yield await Place(folder, machines).create()
    finally:
        await machines.close()

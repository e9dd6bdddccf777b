"""What a supervisor such as systemd hears of the bot."""

import asyncio
import socket

import pytest

from bot.process.supervisor import tell_supervisor, watched


@pytest.fixture
def supervisor(tmp_path, monkeypatch):
    """A supervisor's socket; it returns the next message."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("\0notebook-bot-test-" + tmp_path.name)
        ear.settimeout(5)
        yield ear


def environ(ear, **more):
    return {"NOTIFY_SOCKET": ear.getsockname().decode().replace("\0", "@", 1), **more}


def test_facts_reach_the_supervisor(supervisor):
    tell_supervisor("READY=1", "STATUS=serves", environ=environ(supervisor))
    assert supervisor.recv(100) == b"READY=1\nSTATUS=serves"


def test_without_a_supervisor_nothing_happens():
    tell_supervisor("READY=1", environ={})
    tell_supervisor("READY=1", environ={"NOTIFY_SOCKET": "/nowhere/socket"})


async def test_the_watchdog_is_pinged_while_the_loop_turns(supervisor):
    async with watched(environ(supervisor, WATCHDOG_USEC="100000")):
        for _ in range(3):
            assert await asyncio.to_thread(supervisor.recv, 100) == b"WATCHDOG=1"


async def test_another_processs_watchdog_is_not_pinged(supervisor):
    supervisor.settimeout(0.2)
    async with watched(environ(supervisor, WATCHDOG_USEC="1000", WATCHDOG_PID="1")):
        with pytest.raises(TimeoutError):
            await asyncio.to_thread(supervisor.recv, 100)

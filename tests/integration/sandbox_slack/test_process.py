"""`python -m bot.sandbox.slack` as a process: start, restart without loss, and end."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import aiohttp
import pytest

from .workspace import Person, Sandbox, until, web_client


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def process(folder, port):
    """The process, which is killed if the test leaves it running."""
    environment = os.environ | {"DEMO_DIR": str(folder), "DEMO_PORT": str(port)}
    command = [sys.executable, "-m", "bot.sandbox.slack"]
    started = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


async def answering(url):
    """Wait until local Slack answers."""

    async def asked():
        try:
            return await web_client(url).auth_test()
        except aiohttp.ClientConnectionError:
            return None

    await until(asked, seconds=20)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_a_signal_ends_it_cleanly(tmp_path, number):
    port = free_port()
    with process(tmp_path, port) as started:
        await answering(f"http://127.0.0.1:{port}")
        started.send_signal(number)
        _, said = started.communicate(timeout=10)
    assert started.returncode == 0
    assert "Traceback" not in said


async def test_a_page_that_is_open_does_not_hold_it_up(tmp_path):
    port = free_port()
    with process(tmp_path, port) as started:
        await answering(f"http://127.0.0.1:{port}")
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/sandbox/stream?user=U_ANA") as stream,
        ):
            assert stream.status == 200
            started.send_signal(signal.SIGTERM)
            assert started.wait(timeout=10) == 0


async def test_a_kill_loses_no_message(tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with process(tmp_path, port) as started:
        await answering(url)
        for number in range(20):
            await web_client(url).chat_postMessage(channel="U_ANA", text=str(number))
        started.kill()
        started.wait()
    with process(tmp_path, port):
        await answering(url)
        async with aiohttp.ClientSession() as session:
            seen = await Person(Sandbox(url, session), "U_ANA").sees()
    assert [each["text"] for each in seen] == [str(number) for number in range(20)]


async def test_a_port_that_is_taken_is_said_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with process(tmp_path, port) as started:
            _, said = started.communicate(timeout=20)
    assert started.returncode == 1
    assert str(port) in said
    assert "Traceback" not in said

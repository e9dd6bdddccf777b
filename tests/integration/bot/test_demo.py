"""A second demo is refused before it changes anything of the first."""

import os
import socket

import pytest

from bot.sandbox.demo import DemoConfig, exec_bot, run
from bot.sandbox.libraries import DemoError


def test_a_second_bot_is_refused_and_leaves_the_first_ones_process_id(tmp_path):
    config = DemoConfig(1, tmp_path, "process")
    config.pid_file("bot").write_text(str(os.getpid()))
    with pytest.raises(DemoError, match="already runs"):
        exec_bot(config)
    assert config.pid_file("bot").read_text() == str(os.getpid())


async def test_a_demo_on_the_port_of_another_one_is_refused(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(DemoError, match=f"port {port}"):
            await run(DemoConfig(port, tmp_path, "process"), ("slack",))
    assert not (tmp_path / "slack.pid").exists()

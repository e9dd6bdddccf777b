"""A connection from Slack, used by the programs that it is for: a Jupyter client, and SSH."""

import asyncio
import json
import re
from urllib.parse import parse_qs, urlsplit

import asyncssh
import pytest
from jupyter_kernel_client import JupyterKernelClient

from tests.e2e.demo import Demo

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.timeout(300)]


async def newest(demo: Demo, text: str) -> dict:
    async def find():
        found = [card for card in await demo.cards() if text in card["text"]]
        return found[-1] if found else None

    return await demo.until(find)


def compute(link: str, code: str) -> str:
    """By the address alone, as a person pastes it into the client."""
    url = urlsplit(link)
    (token,) = parse_qs(url.query)["token"]
    with JupyterKernelClient(server_url=f"https://{url.netloc}", token=token) as kernel:
        (output,) = kernel.execute(code, timeout=60)["outputs"]
        return output["text"]


def certificate_file(demo: Demo):
    """Of the one server; a person looks at its fingerprint, a program is given the file."""
    [file] = (demo.folder / "machines").glob("*/root/var/lib/notebook/tls/notebook.crt")
    return file


async def test_a_jupyter_client_and_ssh_come_in_by_what_the_dm_says(tmp_path, monkeypatch):
    async with Demo(tmp_path / "demo") as demo:
        key = asyncssh.generate_private_key("ssh-ed25519")
        public = key.export_public_key().decode().strip()
        assert "Added" in await demo.command(f"keys add {public} ana@laptop")
        await demo.command("create ubuntu sales")
        await demo.hand_over("sales")
        await demo.command("connect sales")
        card = await newest(demo, "Connection to sales")
        link = re.findall(r"`([^`]+)`", card["text"])[0]

        for variable in ("REQUESTS_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE"):
            monkeypatch.setenv(variable, str(certificate_file(demo)))
        assert (await asyncio.to_thread(compute, link, "print(6 * 7)")).strip() == "42"
        # The link goes on working for the client that has it.
        assert (await asyncio.to_thread(compute, link, "print(7 * 8)")).strip() == "56"
        await demo.command("connect sales")
        with pytest.raises(Exception, match="403"):
            await asyncio.to_thread(compute, link, "print(1)")

        config, known_hosts = tmp_path / "config", tmp_path / "known_hosts"
        blocks = json.dumps(card["blocks"])
        entry, host_line = (
            json.loads(f'"{text}"') for text in re.findall(r"```(.*?)```", blocks)[:2]
        )
        config.write_text(entry + "\n")
        known_hosts.write_text(host_line + "\n")

        def ssh():
            return asyncssh.connect(
                "notebook-sales",
                config=[config],
                known_hosts=str(known_hosts),
                client_keys=[key],
                agent_path=None,
            )

        async with ssh() as connection:
            assert (await connection.run("id -un")).stdout.strip() == "notebook"
            running = await connection.create_process("sleep 600")
            assert "Removed" in await demo.command("keys remove 1")
            async with asyncio.timeout(20):
                await connection.wait_closed()
            assert running.exit_status != 0
        with pytest.raises(asyncssh.PermissionDenied):
            async with ssh():
                pass
        logs = "".join(path.read_text(errors="replace") for path in demo.folder.glob("*.log"))
        assert link.partition("token=")[2] not in logs
        assert link.partition("token=")[2].encode() not in (demo.folder / "bot.db").read_bytes()

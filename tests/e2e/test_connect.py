"""The connection data that Slack shows, used by a real Jupyter client and a real SSH client."""

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
    """Run code with a Jupyter client that gets nothing but the address."""
    url = urlsplit(link)
    (token,) = parse_qs(url.query)["token"]
    with JupyterKernelClient(server_url=f"https://{url.netloc}", token=token) as kernel:
        (output,) = kernel.execute(code, timeout=60)["outputs"]
        return output["text"]


def certificate_file(demo: Demo):
    """Return the file of the only server's certificate, which the client must trust."""
    [file] = (demo.folder / "machines").glob("*/root/var/lib/notebook/tls/notebook.crt")
    return file


async def a_newer_link_ends_the_older_one(demo: Demo, link: str) -> None:
    for code, printed in (("print(6 * 7)", "42"), ("print(7 * 8)", "56")):
        # The second use works too, since it is the same client's.
        assert (await asyncio.to_thread(compute, link, code)).strip() == printed
    await demo.command("connect sales")
    with pytest.raises(Exception, match="403"):
        await asyncio.to_thread(compute, link, "print(1)")


async def ssh_works_until_the_key_is_removed(demo, card, key, folder) -> None:
    config, known_hosts = folder / "config", folder / "known_hosts"
    blocks = json.dumps(card["blocks"])
    entry, host_line = (json.loads(f'"{text}"') for text in re.findall(r"```(.*?)```", blocks)[:2])
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


async def test_a_jupyter_client_and_ssh_connect_with_the_data_of_the_dm(tmp_path, monkeypatch):
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
        await a_newer_link_ends_the_older_one(demo, link)
        await ssh_works_until_the_key_is_removed(demo, card, key, tmp_path)
        logs = "".join(path.read_text(errors="replace") for path in demo.folder.glob("*.log"))
        assert link.partition("token=")[2] not in logs
        assert link.partition("token=")[2].encode() not in (demo.folder / "bot.db").read_bytes()

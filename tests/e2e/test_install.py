"""The how-to of the installation, run as it stands: a fresh Debian, its commands, a served bot.

The test reads docs/how-to/install.md. Each command line runs, or its reason not to is here.
"""

import asyncio
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from bot.sandbox.demo import DemoConfig, bot_environment
from bot.sandbox.machines.errors import MachinesError
from bot.sandbox.machines.image.cache import ensure_image
from tests.e2e.demo import Demo, free_ports

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
NOT_RUN = {
    "az ": "needs an account of Azure; local Azure has the group and the roles",
    "systemctl ": "no systemd runs in the fresh tree; the unit has a test of its own",
}
BOT = "/opt/notebook-bot/bin/notebook-bot --env-file /etc/notebook-bot.env"

pytestmark = [pytest.mark.long, pytest.mark.slow]


def command_lines() -> list[str]:
    """The page's commands, in their order."""
    blocks = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def settings_of_the_page(sandbox: dict[str, str]) -> str:
    """The page's settings with the sandbox's values, and where the sandbox is."""
    block = re.search(r"```ini\n(.*?)```", PAGE, re.DOTALL)[1]
    names = [line.partition("=")[0] for line in block.splitlines()]
    ours = {"NOTEBOOK_BOT_AZURE__CLIENT_SECRET_ENDS": "2099-01-01",
            "NOTEBOOK_BOT_AZURE__REGION": "westeurope",
            "NOTEBOOK_BOT_METRICS_PORT": str(free_ports())}  # fmt: skip
    known = sandbox | ours
    places = [name for name in sandbox if name.endswith(("_URL", "AUTHORITY", "CA_FILE"))
              or "__MACHINE__" in name or name.startswith("NOTEBOOK_BOT_MACHINE__")]  # fmt: skip
    places.remove("NOTEBOOK_BOT_DATABASE_URL")
    assert set(names) <= set(known), set(names) - set(known)
    return "".join(f"{name}={known[name]}\n" for name in [*names, *places])


@pytest.fixture
def fresh(tmp_path):
    """A tree of Debian's packages, with this computer's package sources."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("needs root and unshare")
    try:
        image = ensure_image("tree")
    except MachinesError as error:
        pytest.skip(str(error))
    root = tmp_path / "fresh"
    subprocess.run(["cp", "-a", image.root, root], check=True)
    for name in ("resolv.conf", "hosts"):
        shutil.copyfile(f"/etc/{name}", root / "etc" / name)
    for place in ("/usr/src/notebook-bot", *filter(os.path.isdir, image.local)):
        (root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
    for place in filter(os.path.isfile, image.local):
        target = root / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(place, target)
    source = root / "usr/src/notebook-bot"
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, files.stdout.decode().split("\0")):
        if not name.startswith("tests/"):
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    return root, image.local


def script(settings: str, password_of: str) -> str:
    lines = [f"cat > /etc/notebook-bot.env <<'END'\n{settings}END"]
    for line in command_lines():
        reason = next((why for start, why in NOT_RUN.items() if line.startswith(start)), "")
        lines.append(f"# not run: {line}: {reason}" if reason else line)
    lines += [
        f"NOTEBOOK_BOT_READY_FILE=/run/ready {BOT} serve > /var/log/bot.log 2>&1 &",
        "for _ in $(seq 600); do test -e /run/ready && break; sleep 0.1; done",
        f"{BOT} server create ubuntu --owner U_ANA --name {password_of} --wait",
        f"{BOT} server password {password_of} --print",
        f"{BOT} backup /root/first.backup",
        "kill %1; wait %1",
    ]
    return "set -eu\nset -m\nexport DEBIAN_FRONTEND=noninteractive\n" + "\n".join(lines) + "\n"


async def in_tree(root: Path, local) -> tuple[str, int]:
    """Run the script in the tree, as on a computer of its own, and return what it said."""
    folders = [each for each in local if Path(each).is_dir()]
    inside = "\n".join(
        [
            f"mount --rbind /dev {root}/dev",
            *(f"mount --bind {each} {root}{each}" for each in folders),
            f"exec chroot {root} /bin/bash -c 'set -a; . /etc/environment; set +a; "
            "exec bash /root/how-to.sh'",
        ]
    )
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--mount", "--pid", "--fork", f"--mount-proc={root}/proc"),
        *("sh", "-euc", inside),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
    )
    async with asyncio.timeout(900):
        said, _ = await process.communicate()
    return said.decode(errors="replace"), process.returncode


async def test_the_how_to_leads_from_a_fresh_debian_to_a_served_bot(tmp_path, fresh):
    root, local = fresh
    began = time.monotonic()
    demo = Demo(tmp_path / "demo", speed=1000)
    sandbox = await demo._spawn("demo", "--without-bot", stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(90):
            assert (await sandbox.stdout.readline()).startswith(b"ready")
        config = DemoConfig.from_environment(demo.environ)
        given = bot_environment(config)
        mine = {name: value for name, value in given.items() if name.startswith("NOTEBOOK_BOT_")}
        shutil.copy(mine["NOTEBOOK_BOT_AZURE__CA_FILE"], root / "etc" / "azure-ca.pem")
        mine["NOTEBOOK_BOT_AZURE__CA_FILE"] = "/etc/azure-ca.pem"
        (root / "root" / "how-to.sh").write_text(script(settings_of_the_page(mine), "first"))
        text, code = await in_tree(root, local)
        log = root / "var/log/bot.log"
        told = log.read_text() if log.exists() else ""
        assert code == 0, text[-4000:] + told[-3000:]
        assert re.search(r"^first\tU_ANA\trunning\tubuntu", text, re.MULTILINE), text[-3000:]
        assert re.search(r"^[a-z2-9]{5}(-[a-z2-9]{5}){3}\t", text, re.MULTILINE)
        assert "Traceback" not in text + told
        print(f"from a fresh tree to a server: {time.monotonic() - began:.0f} s")
    finally:
        await demo.session.close()
        if sandbox.returncode is None:
            sandbox.send_signal(2)
        async with asyncio.timeout(90):
            await sandbox.wait()

"""Checks of the computer of the bot: ports, PDF with its fonts, and the package index."""

import asyncio
import shutil
import socket
from pathlib import Path

import provisioning.machine as on_machines
from bot.doctor.diagnosis import Doctoring
from bot.doctor.surroundings import Surroundings
from bot.process.lock import serving_process
from bot.process.pdf import PdfPrinter
from provisioning.adapters.ssh.uv_wheel import UvWheels
from provisioning.core.errors import PermanentError

_LOCK = Path(str(on_machines.__file__)).with_name("uv.lock.txt")
_FONTS = "apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core fonts-nanum"


async def ports(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Try to listen where the bot will."""
    settings = surroundings.settings
    if serving_process(settings.database_url):
        doctoring.ok("A bot is running, and has its ports.")
        return
    named = {"NOTEBOOK_BOT_METRICS_PORT": (settings.metrics_host, settings.metrics_port)}
    if settings.slack.mode == "http":
        named["NOTEBOOK_BOT_SLACK__HTTP_PORT"] = (
            settings.slack.http_host,
            settings.slack.http_port,
        )
    for variable, (host, port) in named.items():
        if not port:
            continue
        try:
            family = (await asyncio.get_running_loop().getaddrinfo(host, port))[0][0]
            with socket.socket(family) as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((host, port))
        except OSError as error:
            doctoring.broken(
                f"The bot can't listen on {host}:{port} ({error.strerror}).",
                f"Stop the program that has the port, or correct {variable}.",
            )
    if not doctoring.found:
        doctoring.ok("The bot's ports are free.")


async def pdf(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Print a page as `export` does, and look for Korean letters."""
    try:
        await PdfPrinter().pdf("<p>Hello, 안녕</p>")
    except PermanentError as error:
        doctoring.advise(
            f"Notebooks are exported as HTML alone: {error.reason}",
            f"`pip install 'notebook-bot[pdf]'` and `{_FONTS}`.",
        )
        return
    if shutil.which("fc-list") and not await _korean_fonts():
        doctoring.advise("No font has Korean letters, so PDFs have boxes for them.", f"`{_FONTS}`.")
    else:
        doctoring.ok("Notebooks can be exported as PDF.")


async def _korean_fonts() -> bytes:
    process = await asyncio.create_subprocess_exec(
        "fc-list", ":lang=ko", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    found, _ = await process.communicate()
    return found


async def package_index(surroundings: Surroundings, doctoring: Doctoring) -> None:
    """Ask for the locked uv, which every server needs, without downloading it."""
    wheel = UvWheels(_LOCK, surroundings.settings.cache_dir).linux()
    if await wheel.is_to_be_had():
        doctoring.ok("uv is here, or the package index has it.")
    else:
        doctoring.warn(
            "This computer's pip can't find uv, so no servers can be created.",
            "Let pip of the bot's account reach a package index (pip.conf, proxy).",
        )

"""uv's wheel for machines of tests, fetched once for all of them."""

import asyncio
import os
import platform
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.sandbox.machines.image.cache import cache_folder
from provisioning.adapters.ssh.uv_wheel import UvWheels
from provisioning.machine import notebook_setup

UV_FOLDER = cache_folder(os.environ).parent / "uv"
MACHINE_FOLDER = Path(notebook_setup.__file__).parent.parent


def place_uv(program: Path) -> None:
    """Put the wheel into the folder around a copy of the machine program, as the bot does."""
    wheel = UvWheels(MACHINE_FOLDER / "uv.lock.txt", UV_FOLDER).linux(platform.machine())
    with ThreadPoolExecutor() as threads:  # a test's own event loop may be running
        file = threads.submit(lambda: asyncio.run(wheel.file())).result()
    shutil.copyfile(file, program.parent / f"{wheel.name}.whl")

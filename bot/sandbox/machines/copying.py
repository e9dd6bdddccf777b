"""Copies of what a machine's disk is made of: whole ones, with owners, devices and attributes."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path


async def copy_files(origin: Path, names: Sequence[str], target: Path) -> None:
    """Copy these files and folders of one folder into another, which is replaced and never
    there with half of them. Raises RuntimeError if there is no room, say."""
    new = target.with_name(f"{target.name}.new")
    await asyncio.to_thread(shutil.rmtree, new, ignore_errors=True)
    new.mkdir(mode=0o700, parents=True)
    process = await asyncio.create_subprocess_exec(
        "cp",
        "--archive",
        "--reflink=auto",
        "--sparse=always",
        "--target-directory",
        new,
        *(origin / name for name in names),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"the disk could not be copied: {errors.decode(errors='replace')}")
    await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)
    new.rename(target)

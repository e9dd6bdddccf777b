"""Built images, one folder each, shared by all demos of this user."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from bot.sandbox.machines.errors import MachinesError
from bot.sandbox.machines.image.sources import PackageSources, package_sources, registries

Format = Literal["tree", "disk"]
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Image:
    """A finished image: `root` of a tree; `disk.qcow2`, `vmlinuz`, `initrd.img` of a disk."""

    folder: Path

    @property
    def root(self) -> Path:
        """The file tree."""
        return self.folder / "root"

    @cached_property
    def _network(self) -> dict[str, Any]:
        network: dict[str, Any] = json.loads((self.folder / "network.json").read_text())
        return network

    @property
    def registries(self) -> tuple[tuple[str, int], ...]:
        """Host and port of every package registry."""
        return tuple((host, port) for host, port in self._network["registries"])

    @property
    def local(self) -> tuple[str, ...]:
        """Folders and files of this computer that the package settings refer to."""
        return tuple(self._network["local"])


def stands_for(publisher: str) -> bool:
    """Return whether the image can stand for this publisher's: the image is Debian, close to
    Ubuntu."""
    return publisher.lower() == "canonical"


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return `DEMO_IMAGES`, or notebook-bot/images in the user's cache folder."""
    if environ.get("DEMO_IMAGES"):
        return Path(environ["DEMO_IMAGES"]).absolute()
    cache = environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "notebook-bot" / "images"


def ensure_image(form: Format, environ: Mapping[str, str] = os.environ) -> Image:
    """Return the image for this computer's package sources; the first build takes about a minute.

    Raise MachinesError if the image can't be built; the message holds the end of the builder's
    output.
    """
    sources = package_sources(environ)
    if form == "disk":  # a virtual machine shares no folder with this computer
        sources = sources.without_local()
    digest = hashlib.sha256(sources.fingerprint())
    for path in sorted((*_HERE.glob("*.sh"), *(_HERE / "files").rglob("*"))):
        if path.is_file():
            digest.update(path.read_bytes())
    cache = cache_folder(environ)
    folder = cache / f"{form}-{digest.hexdigest()[:12]}"
    if folder.exists():
        return Image(folder)
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / f"{form}.lock"):
        if not folder.exists():
            print("Building the machines' image. This takes about a minute ...", flush=True)
            with tempfile.TemporaryDirectory(prefix="settings-", dir=cache) as settings:
                sources.write(Path(settings))
                _build(form, folder, Path(settings), _network(sources))
    return Image(folder)


def _network(sources: PackageSources) -> str:
    try:
        return json.dumps({"registries": registries(sources), "local": sources.local})
    except subprocess.CalledProcessError as error:
        raise MachinesError(
            "pip can't reach its package index, and machines would not reach it either. "
            "Check pip's settings and the network, then start again."
        ) from error


def _build(form: Format, folder: Path, settings: Path, network: str) -> None:
    """Build beside the target and rename, so that a folder of the target's name is complete."""
    building = folder.with_name(f"{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    (building / "network.json").write_text(network)
    command = [_HERE / "build.sh", form, building, settings]
    done = subprocess.run(
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        shutil.rmtree(building, ignore_errors=True)
        tail = "\n".join(done.stdout.splitlines()[-15:])
        raise MachinesError(
            f"The machines' image could not be built. Check that packages can be fetched on this "
            f"computer (apt, pip), then start again. The builder said:\n{tail}"
        )
    building.rename(folder)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

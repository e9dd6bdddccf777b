"""A machine's two environments for tests, made once by the machine's own code and then kept."""

import fcntl
import os
import shutil
from pathlib import Path

from provisioning.machine.notebook_setup import environment
from provisioning.machine.notebook_setup.kernel_environment import ensure_kernels
from provisioning.machine.notebook_setup.layout import Layout
from provisioning.machine.notebook_setup.server_environment import ensure_server
from provisioning.machine.notebook_setup.users import UnixUser
from tests.uv_wheels import place_uv

MACHINE = Path(environment.__file__).parent.parent


def make_environments(cache: Path, stand_ins: Path) -> Layout:
    """Make the environments with the locked packages below `cache`, and return their layout.

    `stand_ins` is a folder with a `runuser` that changes no user. Of several test processes only
    one makes the environments; the others wait for it.
    """
    layout = Layout(cache)
    layout.base.mkdir(parents=True, exist_ok=True)
    before = os.environ["PATH"]
    with layout.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.environ["PATH"] = f"{stand_ins}:{before}"
        try:
            layout.home.mkdir(parents=True, exist_ok=True)
            user = UnixUser("notebook", layout)
            program = cache / "bot/machine"
            program.mkdir(parents=True, exist_ok=True)
            place_uv(program)
            shutil.copyfile(MACHINE / "uv.lock.txt", program / "uv.lock.txt")
            environment.ensure_uv(layout, program / "uv.lock.txt")
            ensure_server(layout, MACHINE / "server.lock")
            if not _has_kernels_of(layout, MACHINE / "kernels.lock"):
                layout.environment.unlink(missing_ok=True)
                ensure_kernels(user, layout, MACHINE / "kernels.lock")
        finally:
            os.environ["PATH"] = before
    return layout


def _has_kernels_of(layout: Layout, lock: Path) -> bool:
    """Return whether the kept environment has the packages of this lock."""
    copy = layout.library / "kernels.lock"
    return copy.is_file() and copy.read_text() == lock.read_text()

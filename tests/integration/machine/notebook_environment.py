"""The notebooks' environment for tests, made once by the machine's own code and then kept."""

import fcntl
import os
from pathlib import Path

from provisioning.machine.notebook_setup import environment
from provisioning.machine.notebook_setup.layout import Layout
from provisioning.machine.notebook_setup.users import UnixUser

MACHINE = Path(environment.__file__).parent.parent


def make_environment(cache: Path, stand_ins: Path) -> Path:
    """Make an environment with the locked packages below `cache`, and return its Python.

    `stand_ins` is a folder with a `runuser` that changes no user. Of several test processes only
    one makes the environment; the others wait for it.
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
            environment.ensure_uv(layout, MACHINE / "uv.lock.txt")
            environment.ensure_environment(user, layout, MACHINE / "notebook.lock")
        finally:
            os.environ["PATH"] = before
    return layout.python

"""The bot's files on the machine: programs, Jupyter's configuration, samples, the probe's token."""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from pathlib import Path
from typing import Any

from .files import ensure_directory, ensure_file, ensure_tree, render
from .identity import accept_probe, adopt, is_former
from .layout import Layout
from .specification import Specification
from .users import NotebookUser

SOURCE = Path(__file__).resolve().parent.parent
"""The folder that the bot uploaded."""


_MIGRATED = "There are no settings of an old Jupyter to take over.\n"
"""Without this file Jupyter writes one into the folder of settings as soon as the home folder has
an `.ipython`. It may not write there, and would not start again after the first kernel."""


def ensure_library(layout: Layout, *, all_of_it: bool = False) -> bool:
    """Copy the programs that the notebook user runs to a folder that it can't change.

    A machine of an older version keeps its identity provider until it moves over, or until
    `all_of_it` is copied.
    """
    changed = ensure_directory(layout.library)
    names = ["notebook_execution", "as_root", "as_user", "notebooks"]
    if all_of_it or not is_former(layout):
        names.append("notebook_identity")
    for name in names:
        changed |= ensure_tree(SOURCE / name, layout.library / name)
    return changed


def ensure_jupyter_settings(layout: Layout) -> bool:
    """Write the settings of Jupyter, JupyterLab and kernels, without facts of the machine."""
    changed = False
    for name, text in jupyter_settings(layout).items():
        changed |= ensure_file(layout.settings / name, text)
    return changed


def jupyter_settings(layout: Layout) -> dict[str, str]:
    """Return the texts of these settings by their paths below the folder of settings."""
    names = (
        layout.jupyter_configuration.name,
        "labconfig/default_setting_overrides.json",
        layout.kernel_configuration.name,
    )
    kernelspec = layout.kernelspec.relative_to(layout.settings).as_posix()
    settings = {name: _asset(Path(name).name) for name in names}
    return {**settings, kernelspec: _kernelspec(layout), "migrated": _MIGRATED}


def ensure_configuration(specification: Specification, layout: Layout) -> bool:
    """Write the settings of Jupyter and JupyterLab, and the machine's facts."""
    changed = ensure_directory(layout.settings)
    changed |= ensure_file(layout.machine_file, _machine(specification, layout))
    return ensure_jupyter_settings(layout) or changed


def ensure_probe(layout: Layout) -> bool:
    """Make the probe's token: in clear for root alone, as a hash for Jupyter."""
    changed = adopt(layout)
    if not layout.probe_token.is_file():
        changed |= ensure_file(layout.probe_token, secrets.token_urlsafe(32), 0o600)
    digest = hashlib.sha256(layout.probe_token.read_bytes()).hexdigest()
    return accept_probe(layout, digest) or changed


def ensure_notebooks(user: NotebookUser, layout: Layout) -> bool:
    """Copy each sample notebook once: a deleted sample does not come back."""
    program, source = layout.library / "as_user/samples.py", layout.library / "notebooks"
    memory = layout.state / "samples"
    argv: list[str | Path] = [sys.executable, "-I", program, source, layout.work, memory]
    return bool(json.loads(user.run(argv).stdout)["changed"])


def ensure_fonts(user: NotebookUser, layout: Layout) -> bool:
    """Let plots show Korean; the font comes with the kernels' environment."""
    program = layout.library / "as_user/fonts.py"
    argv: list[str | Path] = [sys.executable, "-I", program, layout.environment, layout.home]
    return bool(json.loads(user.run(argv).stdout)["changed"])


def read_machine(layout: Layout) -> dict[str, Any]:
    """Return the facts that `apply` wrote down. Raises OSError if `apply` has never run."""
    data: dict[str, Any] = json.loads(layout.machine_file.read_text(encoding="utf-8"))
    return data


def note_zone(layout: Layout, zone: str) -> bool:
    """Write down the owner's time zone, which the service gets at its next start."""
    return ensure_file(layout.machine_file, _in_json({**read_machine(layout), "zone": zone}))


def _machine(specification: Specification, layout: Layout) -> str:
    values = {
        "server_id": specification.server_id,
        "server_name": specification.server_name,
        "user": specification.notebook_user,
        "os": specification.platform.os,
        "bind_address": specification.bind_address,
        "notebook_port": specification.notebook_port,
        "public_port": specification.public_port,
        "url": specification.url,
        "owner": specification.owner.id,
        "zone": specification.owner.zone,
        "library": str(layout.library),
        "state": str(layout.state),
        "work": str(layout.work),
    }
    return _in_json(values)


def _in_json(values: dict[str, Any]) -> str:
    return json.dumps(values, indent=1) + "\n"


def _kernelspec(layout: Layout) -> str:
    places = {
        "python": layout.python,
        "library": layout.library,
        "kernel_configuration": layout.kernel_configuration,
    }
    in_json = {name: json.dumps(str(path))[1:-1] for name, path in places.items()}
    return render(_asset("kernel.json"), in_json)


def _asset(name: str) -> str:
    return (SOURCE / "assets" / name).read_text(encoding="utf-8")

"""The kinds of machine that the sandbox can make, and what the bot must be told of each."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.machines.container.machines import ContainerMachines, require_containers
from bot.sandbox.machines.errors import MachinesError
from bot.sandbox.machines.image.cache import ensure_image
from bot.sandbox.machines.port import Machines
from bot.sandbox.machines.ports import USUAL_HTTPS, USUAL_SSH, machine_ports
from bot.sandbox.machines.process.machines import ProcessMachines
from bot.sandbox.machines.vm.machines import VmMachines, require_vms


@dataclass(frozen=True)
class Kind:
    """One kind of machine.

    `prepare` makes sure that it can be used here and has what it takes, which may take
    minutes the first time; `build` makes the machines of a folder; `settings` are the bot's
    own, below NOTEBOOK_BOT_MACHINE__.
    """

    prepare: Callable[[], None]
    build: Callable[[Path], Machines]
    settings: Callable[[], Mapping[str, str]]


def _prepare_containers() -> None:
    require_containers(os.geteuid())
    ensure_image("tree")


def _prepare_vms() -> None:
    require_vms()
    ensure_image("disk")


def _vm_settings() -> Mapping[str, str]:
    ports = machine_ports()
    return {"SSH_PORT": str(ports.ssh), "HTTPS_PORT": str(ports.https), "ROOT": "/"}


def _process_settings() -> Mapping[str, str]:
    """A machine's file tree starts in its folder, two above its admin's home."""
    ports = machine_ports()
    return {"SSH_PORT": str(ports.ssh), "HTTPS_PORT": str(ports.https), "ROOT": "../.."}


KINDS: Mapping[str, Kind] = {
    "process": Kind(lambda: None, ProcessMachines, _process_settings),
    "container": Kind(
        _prepare_containers,
        lambda folder: ContainerMachines(folder, ensure_image("tree")),
        lambda: {"SSH_PORT": str(USUAL_SSH), "HTTPS_PORT": str(USUAL_HTTPS), "ROOT": "/"},
    ),
    "vm": Kind(_prepare_vms, lambda folder: VmMachines(folder, ensure_image("disk")), _vm_settings),
}


def machine_kind(name: str) -> Kind:
    """The kind that `DEMO_MACHINES` names.

    Raises:
        MachinesError: for a kind that there isn't, naming those that there are.
    """
    if name not in KINDS:
        raise MachinesError(
            f"DEMO_MACHINES={name} is not a kind of machine; choose: {', '.join(KINDS)}"
        )
    return KINDS[name]


def build_machines(name: str, folder: Path) -> Machines:
    """Machines of the kind that `DEMO_MACHINES` names; `folder` keeps the disks.

    Raises:
        MachinesError: if the kind can't be had here, saying why.
    """
    kind = machine_kind(name)
    kind.prepare()
    return kind.build(folder)

"""The kinds of machine that the sandbox can make, and the bot's settings for each."""

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

    `prepare` checks that the kind can be used here and gets what it needs, which may take minutes
    the first time. `build` returns the machines of a folder. `settings` returns the bot's own
    settings, without the prefix NOTEBOOK_BOT_.
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
    """Return longer limits: software emulation is ten times slower than the bot's limits expect."""
    ports = machine_ports()
    return {
        "MACHINE__SSH_PORT": str(ports.ssh),
        "MACHINE__HTTPS_PORT": str(ports.https),
        "MACHINE__ROOT": "/",
        "MACHINE__SSH_TIMEOUT": "PT30M",
        "MACHINE__CONNECT_TIMEOUT": "60",
        "MACHINE__FIRST_CELL_TIMEOUT": "600",
        "IDLE__LOOK_BUDGET": "120",
    }


def _process_settings() -> Mapping[str, str]:
    """Return settings for file trees that start in the machine's folder, two above its admin's
    home."""
    ports = machine_ports()
    return {
        "MACHINE__SSH_PORT": str(ports.ssh),
        "MACHINE__HTTPS_PORT": str(ports.https),
        "MACHINE__ROOT": "../..",
    }


def _container_settings() -> Mapping[str, str]:
    return {
        "MACHINE__SSH_PORT": str(USUAL_SSH),
        "MACHINE__HTTPS_PORT": str(USUAL_HTTPS),
        "MACHINE__ROOT": "/",
    }


KINDS: Mapping[str, Kind] = {
    "process": Kind(lambda: None, ProcessMachines, _process_settings),
    "container": Kind(
        _prepare_containers,
        lambda folder: ContainerMachines(folder, ensure_image("tree")),
        _container_settings,
    ),
    "vm": Kind(_prepare_vms, lambda folder: VmMachines(folder, ensure_image("disk")), _vm_settings),
}


def machine_kind(name: str) -> Kind:
    """Return the kind that `DEMO_MACHINES` names.

    Raise MachinesError for an unknown kind, with the known ones.
    """
    if name not in KINDS:
        raise MachinesError(
            f"DEMO_MACHINES={name} is not a kind of machine; choose: {', '.join(KINDS)}"
        )
    return KINDS[name]


def build_machines(name: str, folder: Path) -> Machines:
    """Return the machines of the kind that `DEMO_MACHINES` names; `folder` keeps their disks.

    Raise MachinesError, saying why, if the kind can't be used here.
    """
    kind = machine_kind(name)
    kind.prepare()
    return kind.build(folder)

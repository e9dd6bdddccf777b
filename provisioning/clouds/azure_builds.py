"""How sizes are built, as far as a machine that was made on one can move to another. Pure.

Azure refuses the rest only after the machine was stopped ("changing from resource disk to
non-resource disk VM size ... is not allowed"), so it is looked at before.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from provisioning.language import N_


@dataclass(frozen=True)
class Build:
    """`controllers`: the disk controllers that it has; `temporary_disk`: whether it has a local
    disk besides."""

    trusted_launch: bool
    controllers: frozenset[str]
    temporary_disk: bool

    @property
    def controller(self) -> str:
        """The one that a machine of it has unless it asks for another, as ours don't."""
        return "SCSI" if "SCSI" in self.controllers else min(self.controllers)


def build_of(capabilities: Mapping[str, str]) -> Build:
    """Of a size's capabilities, as Azure lists them."""
    controllers = capabilities.get("DiskControllerTypes", "SCSI").replace(" ", "").split(",")
    return Build(
        trusted_launch=capabilities.get("TrustedLaunchDisabled") != "True",
        controllers=frozenset(controllers),
        temporary_disk=int(capabilities.get("MaxResourceVolumeMB", "0")) > 0,
    )


def why_not(present: Build, wanted: Build) -> str:
    """Why a machine of the one can't become the other; "" if it can."""
    if present.temporary_disk != wanted.temporary_disk:
        if wanted.temporary_disk:
            return N_("the second has a local temporary disk and the first has none")
        return N_("the first has a local temporary disk and the second has none")
    if present.trusted_launch and not wanted.trusted_launch:
        return N_("the machine was made with Trusted Launch, which that size doesn't have")
    if present.controller not in wanted.controllers:
        return N_(
            "its disks are on {controller}, which that size doesn't have",
            controller=present.controller,
        )
    return ""

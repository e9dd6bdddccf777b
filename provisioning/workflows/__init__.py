"""Workflows: the requests of `provisioning.servers` as steps that are safe to run twice.

This package does not know the library that runs the workflows.
"""

from provisioning.access.certificates import CertificateFiles
from provisioning.access.installation_keys import InstallationKeys
from provisioning.core.ports.ports import Ports
from provisioning.workflows.durable.steps import AddedSteps, Workflow
from provisioning.workflows.table import WorkflowTable


def wire(
    ports: Ports,
    keys: InstallationKeys,
    certificates: CertificateFiles | None,
    added: AddedSteps,
) -> dict[str, Workflow]:
    """Return the workflows by name; `added` are the cleanup's steps in them."""
    return WorkflowTable(ports, keys, certificates, added).by_name()

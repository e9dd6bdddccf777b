"""Limits of members: the check, the question to the approvers, and their decision.

This package knows no use case of a server: the creation is passed in.
"""

from dataclasses import dataclass

from provisioning.core.ports.ports import Ports
from provisioning.limits.approval import ApprovalMessages, ApprovalStore, Approvers, CreateApproved
from provisioning.limits.approvals import Approvals


@dataclass(frozen=True)
class LimitUseCases:
    """The use cases of this package."""

    approvals: Approvals


def wire(
    ports: Ports,
    create_approved: CreateApproved,
    *,
    questions: ApprovalStore,
    approvers: Approvers,
    messages: ApprovalMessages,
) -> LimitUseCases:
    """Make the use cases; `questions` keeps what approvers are asked."""
    return LimitUseCases(Approvals(questions, create_approved, approvers, messages, ports.clock))

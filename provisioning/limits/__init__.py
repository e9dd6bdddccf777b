"""How much a member may have: the check, the question to approvers, their answer.

Knows no use case of a server: a creation is handed in.
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

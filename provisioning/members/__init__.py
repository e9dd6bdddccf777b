"""What a member has set: language, quiet hours, and what they have been told once already.

Knows no server.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from provisioning.core.ports.ports import Ports
from provisioning.members.forgetting import Forgetting, PersonalData
from provisioning.members.quiet_hours import Awakening, HeldMessage, Quiet
from provisioning.members.settings import Preferences


@dataclass(frozen=True)
class MemberUseCases:
    """The use cases of this package."""

    preferences: Preferences
    awakening: Awakening
    forgetting: Forgetting


def wire(
    ports: Ports,
    quiet: Quiet,
    post_held: Callable[[HeldMessage], Awaitable[None]],
    personal: PersonalData,
) -> MemberUseCases:
    """Make the use cases; `post_held` posts a message whose quiet hours are over."""
    return MemberUseCases(
        preferences=Preferences(quiet.settings, ports.clock, ports.idle),
        awakening=Awakening(quiet, ports.servers, ports.work, post_held),
        forgetting=Forgetting(personal, ports.clock),
    )

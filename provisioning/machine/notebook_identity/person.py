"""One member, as the access list and the members' own file have them together."""

from __future__ import annotations

from dataclasses import dataclass, field

from .access_list import AccessList, Admitted, OneTime
from .deeds import AllDeeds, Claim, Deeds
from .links import Link


@dataclass
class Person:
    """The owner or a member, by Slack id, as both files have them now."""

    id: str
    name: str
    stamp: str
    planted: str
    password_hash: str | None = None
    one_time: OneTime | None = None
    one_time_used: bool = False
    claim: Claim | None = None
    link: Link | None = None
    profile: dict[str, str] = field(default_factory=dict)


def own_deeds(user_id: str, admitted: Admitted, deeds: AllDeeds) -> Deeds:
    """Return the member's deeds under the present stamp."""
    own = deeds.people.get(user_id)
    if own is None or own.stamp != admitted.stamp:
        return Deeds(admitted.stamp)
    return own


def person_of(user_id: str, access: AccessList, deeds: AllDeeds) -> Person:
    """Return the member; what was written under another stamp is void."""
    admitted = access.people[user_id]
    own = own_deeds(user_id, admitted, deeds)
    return Person(
        user_id,
        admitted.name,
        admitted.stamp,
        admitted.planted,
        own.password_hash or admitted.password_hash or None,
        admitted.one_time,
        own.one_time_used,
        own.claim,
        _link(admitted, own),
        deeds.profiles.get(user_id, {}),
    )


def _link(admitted: Admitted, own: Deeds) -> Link | None:
    given, used = admitted.link, own.link
    if given is None or used is None or used.sha256 != given.sha256:
        return given
    return None if own.link_spent else used

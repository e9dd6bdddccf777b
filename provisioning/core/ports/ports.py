"""The contracts that most packages are wired with, and the installation's policies."""

from dataclasses import dataclass

from provisioning.core.model.policy import IdlePolicy, MachineLayout, Policy, Tls
from provisioning.core.ports.chat import CardMessages
from provisioning.core.ports.cloud import Cloud, Prices
from provisioning.core.ports.engine import Clock, Work
from provisioning.core.ports.host import Host
from provisioning.core.ports.people import People
from provisioning.core.ports.store import (
    AuditTrail,
    MemberKeyStore,
    MemberStore,
    OwnLimitStore,
    ServerStore,
    ShareStore,
)


@dataclass(frozen=True)
class Ports:
    """One implementation of each contract. A `wire` function takes what its use cases need."""

    servers: ServerStore
    shares: ShareStore
    member_keys: MemberKeyStore
    limits: OwnLimitStore
    audit: AuditTrail
    members: MemberStore
    cloud: Cloud
    prices: Prices
    host: Host
    cards: CardMessages
    people: People
    work: Work
    clock: Clock
    policy: Policy
    idle: IdlePolicy
    layout: MachineLayout
    tls: Tls

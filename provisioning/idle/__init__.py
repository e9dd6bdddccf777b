"""The cleanup: probe, history, rules, sweep, warnings, schedules, keep.

Reads no library of a cloud's or of Slack's.
"""

from dataclasses import dataclass
from functools import partial

from provisioning.access.machine_access import Reach
from provisioning.access.rights import Rights
from provisioning.core.model.activity import Uses
from provisioning.core.model.policy import SweepConfig
from provisioning.core.ports.ports import Ports
from provisioning.idle.keep import Keeping
from provisioning.idle.messages import CleanupMessages
from provisioning.idle.notices import Notices
from provisioning.idle.probe import Probes
from provisioning.idle.rescue import Rescue
from provisioning.idle.schedule import HoursOfServers
from provisioning.idle.sweep import Sweep
from provisioning.idle.used_passwords import UsedPasswords
from provisioning.idle.watch import Watches
from provisioning.limits.checks import own_lifetimes
from provisioning.members.quiet_hours import Quiet
from provisioning.notebooks.disk import DiskWatch
from provisioning.workflows.durable.steps import AddedSteps
from provisioning.workflows.failures.cards import FailedMessage


@dataclass(frozen=True)
class IdleUseCases:
    """The use cases of this package, and the steps that workflows run for it."""

    keeping: Keeping
    hours: HoursOfServers
    sweep: Sweep
    notices: Notices
    steps: AddedSteps


def wire(
    ports: Ports,
    rights: Rights,
    reach: Reach,
    *,
    watches: Watches,
    uses: Uses,
    probes: Probes,
    messages: CleanupMessages,
    disks: DiskWatch,
    quiet: Quiet,
    pace: SweepConfig,
) -> IdleUseCases:
    """Make the use cases; `probes` probes machines, at the `pace` of the sweep."""
    people, clock, policy = ports.people, ports.clock, ports.idle
    failed = FailedMessage(ports.servers, ports.cards, clock).on_failure()
    notices = Notices(watches, messages, clock, policy, quiet, probes.last_output, failed)
    rescue = Rescue(watches, ports.cloud, ports.host, reach, messages)
    return IdleUseCases(
        keeping=Keeping(rights, watches, messages, people, clock, policy, ports.limits),
        hours=HoursOfServers(rights, watches, people, clock, policy),
        sweep=Sweep(
            watches=watches,
            uses=uses,
            probe=probes.probe,
            work=ports.work,
            messages=messages,
            people=people,
            clock=clock,
            policy=policy,
            config=pace,
            on_probe=(UsedPasswords(ports.servers, ports.work).seen, disks.seen),
            idle_times=quiet.settings.idle_times,
            lifetimes=partial(own_lifetimes, ports.limits),
        ),
        notices=notices,
        steps=AddedSteps(
            notices.before_stop(), notices.after_stop(), rescue.steps(), notices.refused_stop
        ),
    )

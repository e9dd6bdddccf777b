"""The settings as the parts want them: each part knows its own configuration alone."""

from datetime import timedelta

from bot.config.settings import AzureSettings, IdleSettings, Settings, somebody_approves
from bot.config.tls import read_authorities
from provisioning.adapters.azure.cloud import AzureConfig
from provisioning.core.model.hours import WorkingHours
from provisioning.core.model.limits import Limits
from provisioning.core.model.policy import IdlePolicy, MachineLayout, Policy
from provisioning.idle.sweep import SweepConfig


def azure_config(settings: Settings) -> AzureConfig:
    """The adapter's own configuration."""
    azure: AzureSettings = settings.azure
    return AzureConfig(
        tenant_id=azure.tenant_id,
        client_id=azure.client_id,
        client_secret=azure.client_secret.get_secret_value(),
        subscription_id=azure.subscription_id,
        resource_group=azure.resource_group,
        region=azure.region,
        other_regions=azure.other_regions,
        management_url=azure.management_url,
        authority=azure.authority,
        ca_file=azure.ca_file,
        poll_seconds=azure.poll_seconds,
        vnet_prefix=azure.vnet_prefix,
        ssh_source=azure.ssh_source,
        ssh_port=settings.machine.ssh_port,
        https_port=settings.machine.https_port,
        http_port=settings.tls.http_port if settings.tls.mode == "acme" else None,
    )


def machine_layout(settings: Settings) -> MachineLayout:
    """Ports and paths of the machines."""
    machine = settings.machine
    return MachineLayout(machine.ssh_port, machine.https_port, machine.notebook_port, machine.root)


def policy_of(settings: Settings) -> Policy:
    """What members may have."""
    limits = settings.limits
    return Policy(
        region=settings.azure.region,
        other_regions=settings.azure.other_regions,
        servers_per_member=settings.servers_per_member,
        cores_per_member=limits.cores_per_member,
        cost_per_member=limits.cost_per_member,
        lifetime=settings.idle.lifetime,
        gpus=limits.gpus,
        maximum=Limits(limits.servers, limits.cores, limits.cost),
        approval_ttl=limits.approval_ttl if somebody_approves(settings.slack) else timedelta(0),
        allowed_sizes=settings.allowed_sizes,
        password_ttl=settings.password_ttl,
        keep_at_most=settings.idle.keep_at_most,
        git_hosts=settings.git.hosts,
        git_authorities=read_authorities(settings.git.ca_file, "NOTEBOOK_BOT_GIT__CA_FILE"),
        ssh_timeout=settings.machine.ssh_timeout,
        copies_kept=settings.copies_kept,
    )


def idle_policy(idle: IdleSettings, copies_kept: timedelta) -> IdlePolicy:
    """The rules of the scheduled cleanup."""
    return IdlePolicy(
        after=idle.after,
        after_in_working_hours=idle.after_in_working_hours,
        working_hours=WorkingHours.parse(idle.working_hours),
        grace=idle.grace,
        keep_at_most=idle.keep_at_most,
        lifetime=idle.lifetime,
        lifetime_warning=idle.lifetime_warning,
        ask_after=idle.ask_after,
        ask_grace=idle.ask_grace,
        unknown_after=idle.unknown_after,
        retention=idle.retention,
        retention_warning=idle.retention_warning,
        copies_kept=copies_kept,
        at_least=idle.at_least,
        at_most=idle.at_most,
    )


def sweep_config(idle: IdleSettings) -> SweepConfig:
    """The pace of the scheduled cleanup."""
    return SweepConfig(
        look_every=idle.look_every,
        at_once=idle.looks_at_once,
        slow_at_once=max(1, idle.looks_at_once // 4),
        budget=idle.look_budget,
    )

"""Settings are read from the environment into the policies."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from bot.config.settings import Settings
from provisioning.adapters.azure.config import AzureConfig
from provisioning.core.model.hours import WorkingHours
from provisioning.core.model.policy import (
    GitPolicy,
    IdleTimes,
    LimitPolicy,
    MachineLayout,
    SweepConfig,
)

VARIABLES = {
    "AZURE__CLIENT_SECRET": "a-secret",
    "AZURE__OTHER_REGIONS": "NorthEurope, westeurope",
    "AZURE__POLL_SECONDS": "0.5",
    "MACHINE__SSH_PORT": "2222",
    "MACHINE__SSH_TIMEOUT": "PT5M",
    "IDLE__AFTER": "PT3H",
    "IDLE__WORKING_HOURS": "weekdays 8:30-17",
    "IDLE__LOOKS_AT_ONCE": "8",
    "LIMITS__COST_PER_MEMBER": "120.50",
    "LIMITS__GPUS": "true",
    "GIT__HOSTS": "github.com,git.example.org",
    "GIT__CA_FILE": "/etc/ca.pem",
    "ALLOWED_SIZES": "Standard_B2s Standard_D2s_v5",
    "SLACK__ADMINS": "U1 U2",
}


@pytest.fixture
def read(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def from_environment(variables: dict[str, str]) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(f"NOTEBOOK_BOT_{name}", value)
        return Settings()

    return from_environment


def test_each_section_is_the_policy_that_it_configures(read):
    settings = read(VARIABLES)
    policies = (AzureConfig, MachineLayout, IdleTimes, SweepConfig, LimitPolicy, GitPolicy)
    idle = settings.idle
    sections = (settings.azure, settings.machine, idle, idle, settings.limits, settings.git)
    assert all(map(isinstance, sections, policies))
    assert settings.azure.regions == ("westeurope", "northeurope")
    assert (settings.azure.poll_seconds, settings.machine.ssh_port) == (0.5, 2222)
    assert settings.machine.ssh_timeout == timedelta(minutes=5)
    assert (idle.after, idle.slow_looks_at_once) == (timedelta(hours=3), 2)
    assert idle.working_hours == WorkingHours.parse("mon-fri 8:30-17")
    assert (settings.limits.cost_per_member, settings.limits.gpus) == (Decimal("120.50"), True)
    assert settings.git.hosts == ("github.com", "git.example.org")
    assert settings.allowed_sizes == ("Standard_B2s", "Standard_D2s_v5")
    assert settings.slack.admins == ("U1", "U2")


def test_a_setting_without_a_variable_has_the_policys_default(read):
    settings = read({"IDLE__GRACE": "PT5M"})
    assert settings.idle.after == IdleTimes().after
    assert settings.limits.approval_ttl == LimitPolicy().approval_ttl


def test_printed_settings_hide_secrets(read):
    assert "a-secret" not in repr(read(VARIABLES))


@pytest.mark.parametrize(
    ("name", "value", "place", "reason"),
    [
        ("IDLE__AFTER", "soon", ("idle", "after"), "duration"),
        ("IDLE__WORKING_HOURS", "always", ("idle", "working_hours"), "not like `mon-fri 9-18`"),
        ("LIMITS__CORES", "-1", ("limits", "cores"), "must be 0 .* or more"),
        ("MACHINE__SSH_PORT", "ssh", ("machine", "ssh_port"), "valid integer"),
        ("AZURE__POLL_SECONDS", "fast", ("azure", "poll_seconds"), "valid number"),
    ],
)
def test_a_wrong_value_is_named_by_its_setting(read, name, value, place, reason):
    with pytest.raises(ValidationError, match=reason) as caught:
        read({name: value})
    (error,) = caught.value.errors()
    assert error["loc"] == place

"""What deploys the bot fits the bot: names of settings, metrics and versions; and its own tools."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from prometheus_client import REGISTRY

import bot.wiring.health  # noqa: F401 - these modules register their metrics
import provisioning.adapters.azure.request_log
import provisioning.adapters.engine.engine  # noqa: F401
from bot.config.names import settings_of
from bot.config.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
SETTINGS = {name for name, _kind in settings_of(Settings)}


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"this machine has no {name}")
    return found


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def unit(tmp_path):
    """The unit, with a program that exists on this machine."""
    text = (DEPLOY / "notebook-bot.service").read_text()
    file = tmp_path / "notebook-bot.service"
    file.write_text(text.replace("/opt/notebook-bot/bin/notebook-bot", "/bin/true"))
    return file


def test_systemd_finds_nothing_wrong_in_the_unit(unit):
    assert run(tool("systemd-analyze"), "verify", str(unit), cwd=unit.parent) == ""


def test_systemd_rates_the_unit_as_well_protected(unit):
    analyze = tool("systemd-analyze")
    said = run(analyze, "security", "--offline=true", "--threshold=20", str(unit), cwd=unit.parent)
    assert float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1]) < 2


def test_the_unit_is_complete():
    text = (DEPLOY / "notebook-bot.service").read_text()
    for line in ("Type=notify", "WatchdogSec=60", "WantedBy=multi-user.target", "DynamicUser=yes"):
        assert f"\n{line}\n" in text
    assert set(re.findall(r"NOTEBOOK_BOT_\w+", text)) <= SETTINGS


def metrics_in(text: str) -> set[str]:
    names = set(re.findall(r"notebook_bot_\w+", text))
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in names}


KNOWN = {
    name
    for each in REGISTRY.collect()
    for name in (each.name, f"{each.name}_total" if each.type == "counter" else each.name)
}


def test_alerts_and_dashboard_use_metrics_that_exist():
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())
    rules = [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]
    board = json.loads((DEPLOY / "grafana" / "notebook-bot.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    used = metrics_in(" ".join(rules + asked))
    assert len(used) >= 5
    assert used <= KNOWN


def test_the_alert_rules_do_what_their_test_says():
    promtool, folder = tool("promtool"), DEPLOY / "prometheus"
    assert "SUCCESS" in run(promtool, "check", "rules", "alerts.yaml", cwd=folder)
    assert "SUCCESS" in run(promtool, "test", "rules", "alerts-test.yaml", cwd=folder)


def test_compose_gives_the_bot_no_more_than_it_needs():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    for name in ("bot", "migrate"):
        service = compose["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert {each["target"] for each in service["secrets"]} <= SETTINGS
        assert {each["source"] for each in service["secrets"]} <= set(compose["secrets"])
    waits = compose["services"]["bot"]["depends_on"]
    assert waits["migrate"] == {"condition": "service_completed_successfully"}


def test_the_image_is_not_root_and_says_whether_it_lives():
    text = (DEPLOY / "Containerfile").read_text()
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert "HEALTHCHECK" in text
    assert "--require-hashes" in text
    assert set(re.findall(r"NOTEBOOK_BOT_\w+", text)) <= SETTINGS


def locked(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text()
    found = re.findall(r"^([\w.-]+)==(\S+)[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)
    return dict(found)


def test_the_set_to_install_has_the_tested_versions_with_hashes():
    runtime, everything = locked("requirements-run.lock"), locked("requirements.lock")
    assert runtime.items() <= everything.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["pdf"], *extras["postgres"]]
    assert {Requirement(each).name for each in wanted} <= runtime.keys()
    assert not {"pytest", "mypy", "tree-sitter"} & runtime.keys()

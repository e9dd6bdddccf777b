"""The set-up program, run as the bot runs it on a machine, but on a machine in a folder."""

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioning.machine.notebook_identity.one_time import choice_key, digest_of

from .jupyter_server import HASHER, free_port
from .small_machine import SmallMachine

STEPS = [
    "packages",
    "user",
    "uv",
    "server",
    "environment",
    "configuration",
    "ssh",
    "notebooks",
    "fonts",
    "certificate",
    "firewall",
    "service",
]


def planted(secret: str, user: str, expires_at: float) -> dict[str, Any]:
    """Return what the bot sends of a one-time password."""
    return {
        "user": {"id": user, "name": user},
        "hash": HASHER.hash(secret),
        "sha256": digest_of(secret),
        "key": choice_key(secret),
        "expires_at": expires_at,
    }


def access_list(machine: SmallMachine) -> dict[str, Any]:
    return json.loads((machine.root / "etc/notebook/access/list.json").read_text())


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Iterator[SmallMachine]:
    """A machine that has been set up once."""
    made = SmallMachine(tmp_path_factory.mktemp("m"), "127.77.0.5", free_port())
    try:
        made.first = made.apply()
        yield made
    finally:
        made.shut_down()


def test_every_step_reports_its_start_and_its_end(machine):
    events = machine.first
    assert events[-1]["event"] == "done", machine.log
    for state in ("start", "done"):
        reported = [e["step"] for e in events if e["event"] == "step" and e["state"] == state]
        assert sorted(reported) == sorted(STEPS)
    assert events[-1]["changed"] == STEPS
    assert len(events[-1]["certificate_sha256"].split(":")) == 32


def test_a_second_run_changes_nothing_and_says_so(machine):
    before = machine.contents()
    server = (machine.state / "notebook.service.pid").read_text()
    last = machine.apply()[-1]
    assert last["changed"] == []
    assert last["certificate_sha256"] == machine.first[-1]["certificate_sha256"]
    assert machine.contents() == before
    assert (machine.state / "notebook.service.pid").read_text() == server


def test_the_server_and_its_kernels_have_the_owners_time_zone(machine):
    pid = (machine.state / "notebook.service.pid").read_text()
    environ = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    assert b"TZ=Asia/Seoul" in environ


def test_a_kernel_computes_through_the_running_server(machine):
    verified = machine.run("verify")[-1]
    assert verified["event"] == "verified", machine.log
    assert verified["result"] == "2"
    assert machine.run("activity")[-1]["kernels"] == []


def test_the_probes_token_is_in_clear_only_for_root(machine):
    file = machine.root / "etc/notebook/probe-token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = file.read_bytes()
    others = {name for name, text in machine.contents().items() if token in text}
    assert others == {"etc/notebook/probe-token"}
    assert token.decode() not in machine.log


def test_a_password_is_planted_as_a_hash_and_can_be_revoked(machine):
    secret = "k7mqz-aaaaa-bbbbb-ccccc"
    password = planted(secret, "U_ANA", time.time() + 60)
    assert machine.run("password", password) == [{"event": "password", "ok": True}]
    assert machine.run("activity")[-1]["passwords"] == ["U_ANA"]
    found = access_list(machine)["people"]["U_ANA"]
    assert found["one_time"]["sha256"] == password["sha256"]
    keys = machine.root / "etc/notebook/choice-keys.json"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    others = {name for name, text in machine.contents().items() if password["key"].encode() in text}
    assert others == {"etc/notebook/choice-keys.json"}
    for value in (secret, password["hash"], password["sha256"], password["key"]):
        assert value not in machine.log
    gone = {"event": "revoked", "ok": True, "was_there": True}
    assert machine.run("revoke", {"user": {"id": "U_ANA"}}) == [gone]
    assert machine.run("revoke", {"user": {"id": "U_ANA"}})[-1]["was_there"] is False


def test_after_a_hold_only_the_admitted_members_remain(machine):
    for person in ("U_ANA", "U_BOB"):
        machine.run("password", planted("x", person, 1))
    asked = {"platform": machine.specification["platform"], "keys": []}
    assert machine.run("hold", asked) == [{"event": "held", "ok": True, "changed": True}]
    assert machine.run("hold", asked)[-1]["changed"] is False
    assert access_list(machine)["held"] is True
    admitted = {"event": "admitted", "ok": True, "changed": True}
    people_and_keys = {**asked, "people": ["U_ANA", "U_EVE"]}
    assert machine.run("admit", people_and_keys) == [admitted]
    assert machine.run("admit", people_and_keys)[-1]["changed"] is False
    state = access_list(machine)
    assert (list(state["people"]), state["held"]) == (["U_ANA"], False)
    assert "people must be" in machine.run("admit", {**asked, "people": "U_ANA"})[-1]["reason"]
    machine.run("admit", {**asked, "people": [], "keys": []})
    assert access_list(machine)["people"] == {}


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        ({"hash": "k7mqz-aaaaa"}, "argon2id"),
        ({"user": {}}, "user"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"sha256": "k7mqz-aaaaa"}, "sha256"),
        ({"key": ["k7mqz-aaaaa"]}, "key"),
    ],
)
def test_a_password_that_is_no_hash_is_refused(machine, password, complaint):
    event = machine.run("password", {**planted("x", "U", 1), **password})[-1]
    assert event["event"] == "failed"
    assert complaint in event["reason"]
    assert "k7mqz" not in machine.log


def test_only_the_user_can_read_secrets_and_state(machine):
    for name, mode in {
        "home/notebook": 0o700,
        "var/lib/notebook": 0o700,
        "var/lib/notebook/tls/notebook.key": 0o600,
        "etc/notebook/access": 0o750,
    }.items():
        assert stat.S_IMODE((machine.root / name).stat().st_mode) == mode, name


def test_the_packet_filter_redirects_the_public_port_to_jupyter_and_drops_other_traffic(machine):
    rules = (machine.state / "notebook.nft").read_text()
    port = machine.specification["notebook_port"]
    assert f"tcp dport 443 redirect to :{port}" in rules
    assert "hook input priority filter; policy drop;" in rules
    assert "tcp dport 22 accept" in rules
    assert f"tcp dport {port}" not in rules
    assert (machine.state / "notebook-firewall.service.enabled").exists()


def test_members_programs_may_not_ask_the_metadata_service_and_may_ask_the_name_server(machine):
    rules = (machine.state / "notebook-outbound.nft").read_text()
    members = "meta skuid 1000-4294967294"
    assert f"{members} ip daddr 169.254.169.254 reject" in rules
    for protocol in ("tcp", "udp"):
        assert f"{members} ip daddr 168.63.129.16 {protocol} dport != 53 reject" in rules
    assert (machine.state / "notebook-outbound.service.enabled").exists()


def test_each_sample_is_copied_only_once(machine):
    work = machine.root / "home/notebook/work"
    assert len(list(work.glob("*.ipynb"))) == 5
    (work / "welcome.ipynb").write_text("mine")
    (work / "rich-media.ipynb").unlink()
    assert machine.apply()[-1]["changed"] == []
    assert (work / "welcome.ipynb").read_text() == "mine"
    assert not (work / "rich-media.ipynb").exists()


@pytest.mark.long
def test_another_host_name_makes_a_new_certificate_that_the_server_uses(machine):
    hostnames = [*machine.specification["hostnames"], "other.example.com"]
    changed = machine.apply(hostnames=hostnames)[-1]
    assert changed["changed"] == ["certificate"]
    assert changed["certificate_sha256"] != machine.first[-1]["certificate_sha256"]
    assert machine.run("verify")[-1]["result"] == "2"
    machine.apply()


def test_the_probe_reports_what_is_running(machine):
    pid = (machine.state / "notebook.service.pid").read_text()
    (machine.state / "pids").write_text(pid)
    event = machine.run("activity")[-1]
    assert event["kernels"] == []
    assert event["terminals"] == []
    (server,) = event["processes"]
    assert server["kind"] == "server"
    assert server["pid"] == int(pid)
    assert 0 <= server["cpu"] < 2
    assert event["files"]["quiet_seconds"] < 3600
    assert event["files"]["complete"] is True
    assert event["uptime"] > 0
    assert event["unknown"] == {}


@pytest.mark.long
def test_unknown_facts_are_null_with_a_reason_and_a_dead_server_is_restarted(machine):
    os.kill(int((machine.state / "notebook.service.pid").read_text()), signal.SIGKILL)
    event = machine.run("activity")[-1]
    assert event["kernels"] is None
    assert event["terminals"] is None
    assert "refused" in event["unknown"]["kernels"]
    assert event["load"] is not None
    assert machine.apply()[-1]["changed"] == ["service"]
    assert machine.run("verify")[-1]["result"] == "2"


@pytest.mark.long
def test_a_killed_set_up_run_again_has_the_same_result(bare_machine, machine):
    for step in ("uv", "server", "environment", "certificate"):
        process = bare_machine.start("apply", bare_machine.specification)
        for line in process.stdout:
            event = json.loads(line)
            if event.get("step") == step and event["state"] == "start":
                time.sleep(0.3)  # so that the kill is in the middle of the step
                break
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    last = bare_machine.apply()[-1]
    assert last["event"] == "done", bare_machine.log
    deleted_by_another_test = "home/notebook/work/rich-media.ipynb"
    assert set(bare_machine.contents()) - {deleted_by_another_test} == set(machine.contents()) - {
        deleted_by_another_test
    }
    assert bare_machine.run("verify")[-1]["result"] == "2", bare_machine.log


@pytest.mark.long
def test_the_second_of_two_simultaneous_runs_waits(bare_machine):
    runs = [bare_machine.start("apply", bare_machine.specification) for _ in range(2)]
    ends = [json.loads(run.communicate(timeout=110)[0].splitlines()[-1]) for run in runs]
    assert sorted(len(end["changed"]) for end in ends) == [0, len(STEPS)]


def test_packages_are_installed_and_removed_and_a_refused_request_changes_nothing(machine):
    def has(name: str) -> bool:
        code = f"import importlib.util as u; print(u.find_spec('{name}') is not None)"
        python = machine.root / "opt/notebook/env/bin/python"
        done = subprocess.run(
            [python, "-I", "-c", code], check=True, capture_output=True, text=True
        )
        return done.stdout.strip() == "True"

    def request(*packages: str) -> dict:
        return machine.run("python-packages", {"packages": list(packages)})[-1]

    assert not has("tabulate")
    assert request("tabulate") == {"event": "packages", "changed": True}
    assert has("tabulate")
    assert request("tabulate")["changed"] is False

    refused = request("tabulate", "no-such-package-of-the-notebook-bot")
    assert "no-such-package-of-the-notebook-bot" in refused["reason"]
    assert "tornado" in request("tabulate", "tornado<6")["reason"], "the server keeps its own"
    assert "no requirement" in request("--index-url=https://evil.example")["reason"]
    assert has("tabulate")

    assert request()["changed"] is True
    assert not has("tabulate")

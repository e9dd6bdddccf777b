"""A Windows machine that the bot has set up, with the real set-up program and scripts.

Windows itself is a stand-in. Its stored rules, tasks, users and access lists are checked here.
"""

import asyncio
import hashlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import psutil
import pytest
import pytest_asyncio

from provisioning.access.passwords import planted
from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.model.machine import MachineEvent
from provisioning.core.model.people import Member
from tests.git_server import git_server

from .jupyter_server import MACHINE, ONE_TIME, OWN, Browser
from .windows_machine import WINDOWS, WindowsMachine

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]

ADMINISTRATORS, SYSTEM, USERS = "S-1-5-32-544", "S-1-5-18", "S-1-5-32-545"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machine(tmp_path_factory) -> AsyncIterator[WindowsMachine]:
    made = WindowsMachine(tmp_path_factory.mktemp("w"))
    try:
        await made.create()
        opened = await made.open_ssh()
        assert opened.exit_code == 0, opened
        await made.host.wait_until_reachable(made.access, 30)
        made.result = await made.set_up()
        await made.until_https_answers()
        yield made
    finally:
        await made.machines.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not condition():
            await asyncio.sleep(0.05)


async def plant(machine: WindowsMachine) -> None:
    ends = datetime.now(UTC) + timedelta(hours=1)
    member, password = Member("U_ANA", "Ana"), await planted(ONE_TIME)
    await machine.host.plant_password(machine.access, member, password, ends)


async def test_a_kernel_computes_and_the_public_port_serves_the_reported_certificate(machine):
    await machine.host.verify(machine.access)
    await machine.host.check_https(
        machine.address, machine.ports.https, machine.address, machine.result.certificate_sha256
    )


async def test_a_second_set_up_changes_nothing(machine):
    files, state = machine.contents(), machine.state
    again = await machine.set_up()
    assert again.changed == ()
    assert again.certificate_sha256 == machine.result.certificate_sha256
    assert machine.contents() == files
    assert machine.state == state


async def test_uv_is_uploaded_once_from_the_locked_wheel(machine):
    [brought] = machine.wheels()
    before = brought.stat()
    await machine.set_up()
    assert [machine.wheels(), brought.stat().st_mtime_ns] == [[brought], before.st_mtime_ns]
    digest = hashlib.sha256(brought.read_bytes()).hexdigest()
    assert f"sha256:{digest}" in (MACHINE / "uv.lock.txt").read_text()


async def test_a_wheel_that_was_changed_on_the_machine_is_refused_and_uploaded_again(machine):
    [brought] = machine.wheels()
    uv = machine.root / "ProgramData/notebook/uv/uv.exe"
    program = uv.read_bytes()
    uv.unlink()
    brought.write_bytes(brought.read_bytes() + b"and more")
    with pytest.raises(PermanentError, match="does not have a locked hash"):
        await machine.set_up()
    assert (machine.wheels(), uv.exists()) == ([], False)
    assert (await machine.set_up()).changed == ()
    assert uv.read_bytes() == program
    assert machine.wheels() == [brought]


async def test_the_planted_password_works_at_the_public_port(machine):
    await plant(machine)
    async with Browser(machine, {}) as browser:
        await browser.enter()
        listed = await (await browser.get("/api/contents")).json()
    assert "welcome.ipynb" in {entry["name"] for entry in listed["content"]}


async def test_the_notebook_user_is_no_administrator_and_may_run_tasks(machine):
    groups = machine.state["groups"]
    assert WINDOWS.notebook_user not in groups[ADMINISTRATORS]
    assert WINDOWS.notebook_user in groups["S-1-5-32-559"]


async def test_the_task_starts_at_boot_without_a_time_limit_and_with_restarts(machine):
    task = machine.state["tasks"]["notebook"]
    assert (task["user"], task["run_level"], task["at_startup"]) == ("notebook", "Limited", True)
    assert task["settings"] == {
        "RestartCount": 999,
        "RestartMinutes": 1.0,
        "LimitMinutes": 0.0,
        "Priority": 5,
    }


async def test_temporary_tasks_are_removed(machine):
    assert set(machine.state["tasks"]) == {"notebook", "notebook-compile"}
    assert list((machine.root / "ProgramData/notebook/exchange").iterdir()) == []


async def test_only_https_and_ssh_are_open(machine):
    rules = machine.state["rules"]
    public = {
        rule["LocalPort"]
        for rule in rules.values()
        if rule["Enabled"] == "True" and rule["Profile"] == "Any" and rule["LocalPort"]
    }
    assert public == {str(machine.ports.https), str(machine.ports.ssh)}
    assert rules["RemoteDesktop-UserMode-In-TCP"]["Enabled"] == "False"
    assert rules["WINRM-HTTP-In-TCP-PUBLIC"]["Enabled"] == "False"


async def test_members_programs_may_not_ask_the_metadata_service(machine):
    rule = machine.state["rules"]["notebook-outbound-notebook"]
    assert (rule["Direction"], rule["Action"], rule["Enabled"]) == ("Outbound", "Block", "True")
    assert rule["RemoteAddress"] == ["169.254.169.254", "168.63.129.16"]
    assert rule["LocalUser"].startswith("D:(A;;CC;;;S-1-5-21-")


async def test_the_public_port_leads_to_jupyters_port(machine):
    proxies = machine.state["proxies"]
    port = machine.ports.https
    assert proxies == {str(port): [machine.address, port, machine.address, 9999]}


async def test_each_folder_is_accessible_only_to_the_users_that_need_it(machine):
    base = machine.root / "ProgramData/notebook"

    async def others(name: str) -> dict[str, str]:
        answer = machine.state["access"][str(base / name) if name else str(base)]
        assert answer["cut"]
        return {k: v for k, v in answer["entries"].items() if k not in (ADMINISTRATORS, SYSTEM)}

    assert await others("") == {USERS: "RX"}
    assert await others("private") == {}
    assert await others("exchange") == {}
    for own in ("home", "state", "kernels/1", "runtime"):
        assert await others(own) == {"notebook": "F"}


async def test_a_repository_is_cloned_once_without_git(machine, tmp_path):
    async with git_server(tmp_path) as server:
        url = server.add("lessons", {"one.ipynb": b"{}"})

        async def clone() -> None:
            await machine.host.clone_repository(machine.access, WINDOWS, url, server.pem)

        server.gate.clear()
        cut = asyncio.create_task(clone())
        await until((machine.work / ".lessons.cloning").exists)
        cut.cancel()  # the bot ends; the clone may go on, and the bot requests it again
        await asyncio.gather(cut, return_exceptions=True)
        server.gate.set()
        await clone()
        assert (machine.work / "lessons/one.ipynb").read_bytes() == b"{}"
        files, state, dulwich = machine.contents(), machine.state, machine.dulwich()
        await clone()
        assert (machine.contents(), machine.state, machine.dulwich()) == (files, state, dulwich)
    assert sorted(path.name for path in machine.work.glob("*lessons*")) == ["lessons"]
    assert not list((machine.root / "ProgramData/notebook/env/").rglob("dulwich"))


async def test_an_interrupted_installation_of_dulwich_is_repaired(machine, tmp_path):
    whole = machine.dulwich()
    (machine.root / "ProgramData/notebook/dulwich/.complete").unlink()
    next((machine.root / "ProgramData/notebook/dulwich").rglob("client.py")).unlink()
    async with git_server(tmp_path) as server:
        url = server.add("more", {"a": b"a"})
        await machine.host.clone_repository(machine.access, WINDOWS, url, server.pem)
    assert machine.dulwich() == whole


async def test_a_failed_clone_is_reported_in_a_few_words(machine, tmp_path):
    async with git_server(tmp_path) as server:
        url = f"{server.url}/nowhere.git"
        with pytest.raises(PermanentError, match=r"^repository '.*/nowhere.git' not found$"):
            await machine.host.clone_repository(machine.access, WINDOWS, url, server.pem)
        with pytest.raises(PermanentError, match="certificate is not trusted"):
            await machine.host.clone_repository(machine.access, WINDOWS, url, "")


async def test_a_killed_server_is_restarted(machine):
    def servers() -> set[int]:
        return {
            process.pid
            for process in psutil.process_iter(["cmdline"])  # others' may end meanwhile
            if str(machine.root) in " ".join(process.info["cmdline"] or ())
            and "jupyterlab" in process.info["cmdline"]
        }

    before = servers()
    assert len(before) == 1
    os.kill(before.pop(), signal.SIGKILL)
    await asyncio.sleep(0.1)
    await machine.until_https_answers()
    assert len(servers()) == 1


async def test_the_server_and_its_passwords_survive_a_stop_and_a_start(machine):
    await plant(machine)
    async with Browser(machine, {}) as browser:
        await browser.enter()
    await machine.machines.stop("abc")
    async with Browser(machine, {}) as browser:
        with pytest.raises(aiohttp.ClientConnectorError):
            await browser.get("/api")
    await machine.machines.start("abc")
    await machine.until_https_answers()
    await machine.host.wait_until_reachable(machine.access, 30)
    async with Browser(machine, {}) as browser:
        assert (await browser.sign_in(OWN)).status == 302
        assert (await browser.get("/api/kernels")).status == 200


async def test_an_update_tries_a_newer_version_and_a_repair_makes_the_kernels_anew(machine):
    update, repair = machine.host.update, machine.host.repair
    assert (await update(machine.access, WINDOWS, despite_work=True)).state == "current"
    base = machine.root / "ProgramData/notebook"
    (base / "settings/version").write_text("older")
    done = await update(machine.access, WINDOWS, despite_work=True)
    assert (done.state, done.log) == ("updated", ())
    assert done.jupyterlab
    before = (base / "env").readlink()
    assert (await repair(machine.access, WINDOWS)).log == ()
    assert (base / "env").readlink() != before
    await machine.host.verify(machine.access)
    assert (await machine.set_up()).changed == ()


STEPS = ("user", "environment", "configuration", "notebooks", "certificate", "firewall", "service")


def settled(state: dict[str, Any]) -> dict[str, Any]:
    """Return the state without file numbers and without the requests of killed runs.

    A later run removes such requests when they are old.
    """
    lists = {
        path: {**each, "inode": 0}
        for path, each in state["access"].items()
        if "/exchange/" not in path
    }
    return {**state, "access": lists}


@pytest.mark.parametrize("step", STEPS)
async def test_a_set_up_killed_at_a_step_and_run_again_has_the_same_result(machine, step):
    files = {name: text for name, text in machine.contents().items() if "/exchange/" not in name}
    state = settled(machine.state)
    killed = []

    def kill(event: MachineEvent) -> None:
        if (event.step, event.state) == (step, "start"):
            for process in psutil.process_iter(["cmdline"]):
                words = " ".join(process.info["cmdline"] or ())
                if str(machine.folder) in words and words.endswith("setup.py apply"):
                    process.kill()
                    killed.append(process.pid)

    with pytest.raises((NotYet, PermanentError)):
        await machine.host.set_up(machine.access, WINDOWS, machine.specification, kill)
    assert killed
    await machine.set_up()
    after = settled(machine.state)
    assert {key for key in state if after[key] != state[key]} == set()
    assert set(after["access"]) ^ set(state["access"]) == set()
    left = {name: text for name, text in machine.contents().items() if "/exchange/" not in name}
    assert left == files
    await machine.until_https_answers()
    assert (await machine.set_up()).changed == ()


async def test_another_host_key_is_refused(machine):
    other = machine.keys.host_key("zyxwvutsrqpo").public_openssh
    access = type(machine.access)(
        machine.address, machine.ports.ssh, WINDOWS.admin_user, other, os="windows"
    )
    with pytest.raises(PermanentError) as refused:
        await machine.host.verify(access)
    assert refused.value.code == "HostKeyChanged"

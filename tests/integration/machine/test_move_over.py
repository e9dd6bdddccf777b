"""A machine that an older version of the bot has set up moves over to the access list of root."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from provisioning.machine.notebook_identity.one_time import choice_key, digest_of

from .jupyter_server import HASHER, ONE_TIME, OWN, Browser, free_port
from .small_machine import SmallMachine

pytestmark = pytest.mark.long

FORMER = Path(__file__).with_name("former")
TOKEN = "t" * 43


class FormerMachine(SmallMachine):
    """A machine with the identity provider's files of the older version.

    Its service runs, but only the files matter here.
    """

    def make_former(self) -> None:
        shutil.rmtree(self.settings / "access", ignore_errors=True)
        (self.settings / "choice-keys.json").unlink(missing_ok=True)
        provider = self.root / "opt/notebook/lib/notebook_identity"
        for file in provider.iterdir():
            if file.is_file() and file.name not in ("__init__.py", "locks.py"):
                file.unlink()
        for file in FORMER.iterdir():
            shutil.copy(file, provider / file.stem)
        (self.settings / "jupyter_server_config.py").write_text("# of the older version\n")
        (self.settings / "version").unlink(missing_ok=True)
        self.plant("U_ANA", "the first of ana")
        self.plant("U_BOB", ONE_TIME)
        state = self.people
        state["people"]["U_ANA"].update(one_time=None, password_hash=HASHER.hash(OWN))
        self.file.write_text(json.dumps(state))

    @property
    def settings(self) -> Path:
        return self.root / "etc/notebook"

    @property
    def file(self) -> Path:
        return self.root / "var/lib/notebook/users.json"

    @property
    def people(self) -> dict[str, Any]:
        return json.loads(self.file.read_text())

    @property
    def service(self) -> str:
        return (self.state / "notebook.service.pid").read_text()

    def plant(self, user: str, secret: str) -> None:
        self.run(
            "password",
            {
                "user": {"id": user, "name": user[2:].lower()},
                "hash": HASHER.hash(secret),
                "sha256": digest_of(secret),
                "key": choice_key(secret),
                "expires_at": time.time() + 600,
            },
        )

    def update(self) -> str:
        asked = {"platform": self.specification["platform"]}
        return str(self.run("update", asked)[-1]["state"])

    def admit(self, *people: str) -> dict[str, Any]:
        asked = {"platform": self.specification["platform"], "keys": [], "people": people}
        return self.run("admit", asked)[-1]

    @contextmanager
    def running(self, *command: str) -> Iterator[None]:
        """Run a program of members, beside the service."""
        with subprocess.Popen(command) as process:
            (self.state / "pids").write_text(f"{self.service},{process.pid}")
            yield
            process.kill()
        (self.state / "pids").write_text(self.service)


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Iterator[FormerMachine]:
    made = FormerMachine(tmp_path_factory.mktemp("m"), "127.77.0.8", free_port())
    try:
        assert made.apply()[-1]["event"] == "done", made.log
        yield made
    finally:
        made.shut_down()


@pytest.fixture
def former(machine) -> FormerMachine:
    machine.make_former()
    (machine.state / "pids").write_text(machine.service)
    return machine


async def until_up(machine: FormerMachine) -> None:
    assert machine.run("verify")[-1]["event"] == "verified", machine.log


async def test_while_work_runs_the_older_identity_provider_goes_on(former):
    before = former.service
    with former.running("sleep", "600"):
        assert former.run("activity")[-1]["passwords"] == ["U_BOB"]
        assert former.admit("U_ANA")["changed"] is True
        assert list(former.people["people"]) == ["U_ANA"]
        link = {"user": {"id": "U_ANA"}, "sha256": digest_of("x"), "use_until": time.time() + 60}
        assert former.run("link", link)[-1]["given"] is True
        asked = {"platform": former.specification["platform"], "keys": []}
        assert former.run("hold", asked)[-1]["changed"] is True
        assert former.people["held"] is True
        assert former.admit("U_ANA")["changed"] is True
        assert former.run("revoke", {"user": {"id": "U_ANA"}})[-1]["was_there"] is True
    with former.running("sleep", "600"):
        assert former.update() == "busy"
    assert not (former.settings / "access").exists()
    assert former.service == before


async def test_without_work_an_update_moves_the_machine_over_and_passwords_go_on(former):
    before = former.service
    assert former.update() == "updated"
    assert former.service != before
    former.admit("U_ANA", "U_BOB")
    await until_up(former)
    async with Browser(former, {}) as ana, Browser(former, {}) as bob:
        assert (await ana.sign_in(OWN, "ana")).status == 302
        assert (await ana.get("/api/me")).status == 200
        assert (await bob.sign_in("a wrong guess", "bob")).status == 401
        await bob.enter(ONE_TIME, own="the own one of bob", name="bob")
    assert former.run("activity")[-1]["passwords"] == []
    moved = former.service
    assert former.admit("U_ANA", "U_BOB")["changed"] is False
    assert former.service == moved
    former.file.write_text("{}")
    assert former.admit("U_ANA")["changed"] is True
    async with Browser(former, {}) as ana, Browser(former, {}) as bob:
        assert (await ana.sign_in(OWN, "ana")).status == 302
        assert (await bob.sign_in("the own one of bob", "bob")).status == 401


async def test_a_move_that_was_killed_before_the_restart_is_continued(former):
    former.update()
    (former.settings / "restart-due").touch()
    before = former.service
    (former.state / "pids").write_text(before)
    assert former.update() == "updated"
    assert former.service != before
    assert not (former.settings / "restart-due").exists()
    assert former.update() == "current"


async def test_a_whole_set_up_moves_a_machine_over_too(former):
    last = former.apply()[-1]
    assert {"configuration", "service"} <= set(last["changed"])
    await until_up(former)
    async with Browser(former, {}) as ana:
        assert (await ana.sign_in(OWN, "ana")).status == 302
    assert former.apply()[-1]["changed"] == []

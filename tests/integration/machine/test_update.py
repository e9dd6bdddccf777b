"""Updates of a machine: a new version beside the present one, and a machine of an older version."""

import io
import json
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.e2e.notebook import choose_password, sign_in

from .jupyter_server import ONE_TIME, OWN, Browser, free_port
from .notebook_page import Notebook, NotebookPage
from .small_machine import SmallMachine
from .test_set_up import planted

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]

PROJECT = Path(__file__).resolve().parents[3]
FORMER = "56e27fdd"
"""The last commit at which a machine had one environment for the server and for kernels."""
OWNER_AND_GUEST = ("U_ANA", "U_BOB")


class Machine(SmallMachine):
    @property
    def platform(self) -> dict[str, Any]:
        return {"platform": self.specification["platform"]}

    @property
    def service(self) -> str:
        return (self.state / "notebook.service.pid").read_text()

    @property
    def unit(self) -> str:
        return (self.root / "etc/systemd/system/notebook.service").read_text()

    @property
    def servers(self) -> Path:
        return self.root / "opt/notebook/server"

    def python(self, *words: str) -> str:
        """Run the kernels' Python and return its output."""
        python = self.root / "opt/notebook/env/bin/python"
        return subprocess.run([python, *words], capture_output=True, text=True, check=True).stdout

    def update(self, **asked: object) -> dict[str, Any]:
        (self.state / "pids").write_text(self.service)
        return self.run("update", {**self.platform, **asked})[-1]

    def computes(self) -> str:
        event = self.run("verify", {"seconds": 60})[-1]
        return str(event.get("result") or event)

    def program_changes(self, name: str, old: str, new: str) -> None:
        """Change a file of the uploaded program, as a newer version of the bot does."""
        file = self.program.parent / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))


@pytest.fixture
def machine(tmp_path) -> Iterator[Machine]:
    made = Machine(tmp_path, "127.77.0.11", free_port())
    assert made.apply()[-1]["event"] == "done", made.log
    yield made
    made.shut_down()


def test_a_newer_server_environment_is_tried_beside_the_present_one_and_then_used(machine):
    before, service = machine.servers.joinpath("current").readlink(), machine.service
    assert machine.update()["state"] == "current"
    assert machine.service == service

    machine.program_changes("server.lock", "\n# The following", "\n# Newer.\n# The following")
    done = machine.update()
    assert done["state"] == "updated", machine.log
    assert done["jupyterlab"]
    after = machine.servers.joinpath("current").readlink()
    assert after != before
    assert machine.servers.joinpath("former").readlink() == before
    assert f"server/{after}/bin/python" in machine.unit
    assert machine.computes() == "2"

    service = machine.service
    provider = "notebook_identity/provider.py"
    machine.program_changes(provider, "import ", "import no_such_module\nimport ")
    kept = machine.update()
    assert kept["state"] == "kept"
    assert "OneTimePasswordProvider" in "\n".join(kept["log"])
    assert machine.service == service
    assert machine.servers.joinpath("current").readlink() == after
    assert not (machine.root / "opt/notebook/trial").exists()
    assert machine.computes() == "2"


def test_work_of_members_holds_up_the_restart_and_a_request_does_not_wait_for_it(machine):
    machine.program_changes("server.lock", "\n# The following", "\n# Newer.\n# The following")
    service = machine.service
    with subprocess.Popen(["sleep", "600"]) as work:
        (machine.state / "pids").write_text(f"{service},{work.pid}")
        assert machine.run("update", machine.platform)[-1]["state"] == "busy"
        assert machine.service == service
        asked = {**machine.platform, "despite_work": True, "zone": "Europe/Vienna"}
        assert machine.run("update", asked)[-1]["state"] == "updated"
        work.kill()
    assert machine.service != service
    assert 'Environment="TZ=Europe/Vienna"' in machine.unit


def test_a_zone_that_is_none_is_refused(machine):
    (*_, refused) = machine.run("update", {**machine.platform, "zone": 'UTC"\nExecStart=/bin/sh'})
    assert refused["event"] == "failed"
    assert "time zone" in refused["reason"]


LONG_CELL = """
import pathlib, time
print("begun", flush=True)
while not pathlib.Path("go").exists():
    time.sleep(0.1)
print("ended")
"""


@pytest.mark.browser
async def test_a_silent_cell_goes_on_over_an_update_and_its_output_is_kept(machine, chromium):
    """However long it is silent: the machine asks for its processes, and not for their output."""
    work = machine.root / "home/notebook/work"
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(LONG_CELL.strip())])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    nbformat.write(made, work / "long.ipynb")
    assert machine.computes() == "2"  # the server answers
    machine.run("password", planted("a-new-one", "U_ANA", time.time() + 60))
    page = await (await chromium.new_context(ignore_https_errors=True)).new_page()
    await sign_in(page, machine.url, "a-new-one")
    await choose_password(page, OWN)
    notebook = Notebook(machine, work / "long.ipynb")
    opened = NotebookPage(page, notebook)
    await opened.show()
    await opened.run(0)
    await opened.shows(0, "begun")
    await opened.close()
    machine.program_changes("server.lock", "\n# The following", "\n# Newer.\n# The following")
    service = machine.service
    children = Path(f"/proc/{service}/task/{service}/children").read_text().split()
    (machine.state / "pids").write_text(",".join([service, *children]))
    assert machine.run("update", machine.platform)[-1]["state"] == "busy"
    assert machine.service == service
    (work / "go").touch()
    await notebook.saved(["begun\nended"], 60)
    assert machine.update(despite_work=True)["state"] == "updated"
    await notebook.saved(["begun\nended"])


async def test_a_machine_of_an_older_version_gets_two_environments_and_keeps_all_of_its_members(
    tmp_path,
):
    machine = Machine(tmp_path, "127.77.0.12", free_port())
    present = tmp_path / "present"
    machine.program.parent.rename(present)
    try:
        _put_former_program(machine.program.parent)
        assert machine.apply()[-1]["event"] == "done", machine.log
        machine.computes()
        for member in OWNER_AND_GUEST:
            machine.run("password", planted(ONE_TIME, member, time.time() + 600))
            async with Browser(machine, {}) as browser:
                await browser.enter(name=member, own=f"{OWN} {member}")
        work = machine.root / "home/notebook/work"
        (work / "mine.ipynb").write_text("{}")
        machine.python("-m", "pip", "install", "--quiet", "tabulate==0.9.0", "jinja2==3.1.5")
        machine.python("-m", "pip", "install", "--quiet", "--no-deps", "traitlets==4.3.3")
        shutil.rmtree(machine.program.parent)
    finally:
        present.rename(machine.program.parent)
    try:
        done = machine.update()
        assert done["state"] == "updated", machine.log
        assert {"tabulate==0.9.0", "jinja2==3.1.5"} <= set(map(str.lower, done["own"]["kept"]))
        assert [name for name, _ in done["own"]["lost"]] == ["traitlets==4.3.3"]
        assert machine.computes() == "2"
        assert (work / "mine.ipynb").read_text() == "{}"
        machine.run("admit", {**machine.platform, "people": OWNER_AND_GUEST, "keys": []})
        for member in OWNER_AND_GUEST:
            async with Browser(machine, {}) as browser:
                assert (await browser.sign_in(f"{OWN} {member}", member)).status == 302
        code = "import tabulate, importlib.util as u; print(u.find_spec('jupyterlab'))"
        assert machine.python("-c", code) == "None\n"
        assert [each.name for each in (machine.root / "opt/notebook/kernels").iterdir()] == ["1"]
        assert machine.update()["state"] == "current"
        assert not {"server", "environment"} & set(machine.apply()[-1]["changed"])
    finally:
        machine.shut_down()


def _put_former_program(folder: Path) -> None:
    words = ["git", "-C", PROJECT, "archive", f"{FORMER}:provisioning/machine"]
    packed = subprocess.run(words, capture_output=True, check=False)
    if packed.returncode != 0:
        pytest.skip(f"the history has no {FORMER}")
    folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tar:
        tar.extractall(folder, filter="data")
    assert json.loads((folder / "assets/windows/notebook.json").read_text())

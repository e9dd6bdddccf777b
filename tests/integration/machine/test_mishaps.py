"""What members do to their machine, and that the server starts afterwards and lets them in."""

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from .jupyter_server import Browser, free_port
from .small_machine import SmallMachine
from .test_set_up import planted

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

NAMES = sorted(name for name in sys.stdlib_module_names if name.isidentifier())
BREAKING = (
    "jinja2==2.11.3",
    "markupsafe==0.23",
    "traitlets==4.3.3",
    "jupyter-client==6.1.12",
    "jupyter-core==4.6.3",
    "jupyter-server==1.13.5",
    "jupyterlab==2.3.2",
    "nbformat==5.1.3",
    "nbconvert==5.6.1",
    "tornado==5",
)
"""Requests that have broken somebody's JupyterLab."""


_CELL = """
import sys, nbformat
from nbclient import NotebookClient
cell = nbformat.v4.new_code_cell(sys.stdin.read())
notebook = nbformat.v4.new_notebook(cells=[cell])
resources = {"metadata": {"path": sys.argv[1]}}
NotebookClient(notebook, timeout=90, kernel_name="python3", resources=resources).execute()
print("".join(each.get("text", "") for each in cell.outputs))
"""


class Machine(SmallMachine):
    @property
    def people(self) -> Path:
        """The home folder."""
        return self.root / "home/notebook"

    @property
    def work(self) -> Path:
        return self.people / "work"

    @property
    def python(self) -> Path:
        """The Python of the kernels."""
        return self.root / "opt/notebook/env/bin/python"

    def restart(self) -> None:
        """Restart the service as a boot does, and wait until it answers."""
        systemctl = [self.folder / "bin/systemctl", "restart", "notebook.service"]
        subprocess.run(systemctl, env=self.environment(), check=True)
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError), urlopen(f"{self.url}/api", context=self.ssl) as answer:
                assert answer.status == 200
                return
            assert time.monotonic() < deadline, (self.state / "notebook.service.log").read_text()
            time.sleep(0.1)

    def verify(self) -> str:
        """Return the result of `1+1` in a new kernel of the server, or the reason for none."""
        event = self.run("verify", {"seconds": 60})[-1]
        return str(event.get("result") or event)

    def runs(self, code: str) -> str:
        """Run a cell in a kernel of the machine, in the work folder, and return its output."""
        settings = {"JUPYTER_PATH": str(self.root / "etc/notebook/jupyter")}
        done = subprocess.run(
            [self.python, "-I", "-c", _CELL, self.work],
            input=code,
            env={**os.environ, "HOME": str(self.people), **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()

    def pip(self, *words: str) -> None:
        """Run pip as a cell does."""
        argv = [self.python, "-m", "pip", "--quiet", *words]
        subprocess.run(argv, check=True, cwd=self.people)

    async def lets_in(self) -> None:
        """Sign in with a new one-time password, and list the files."""
        self.run("password", planted("a-new-one", "U_ANA", time.time() + 60))
        async with Browser(self, {}) as ana:
            await ana.enter("a-new-one", name="U_ANA")
            assert (await ana.get("/api/contents")).status == 200


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("m"), "127.77.0.9", free_port())
    try:
        assert made.apply()[-1]["event"] == "done", made.log
        yield made
    finally:
        made.shut_down()


@pytest.fixture
def work(machine) -> Iterator[Path]:
    """The work folder, which is as before after the test."""
    before = set(machine.work.iterdir())
    yield machine.work
    for made in set(machine.work.iterdir()) - before:
        shutil.rmtree(made) if made.is_dir() else made.unlink()


@pytest.mark.parametrize("kind", ["file", "folder"])
async def test_names_of_standard_modules_in_the_work_folder_break_nothing(machine, work, kind):
    for name in NAMES:
        place = work / f"{name}.py" if kind == "file" else work / name / "__init__.py"
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"raise SystemExit({name!r} + ' of the member was imported')")
    (work / "my_own.py").write_text("answer = 42")
    machine.restart()
    assert machine.verify() == "2"
    await machine.lets_in()
    assert machine.runs("import numpy, pandas, my_own; print(my_own.answer)") == "42"


async def test_files_of_members_that_python_or_jupyter_would_read_reach_nothing(machine, work):
    breaking = "raise SystemExit('a file of the member was imported')"
    version = "python{}.{}".format(*sys.version_info)
    hidden = [f".local/lib/{version}/site-packages", ".jupyter", ".local/etc/jupyter"]
    names = "usercustomize sitecustomize jupyter_config jupyter_server_config jupyter_lab_config"
    for folder in (*(machine.people / each for each in hidden), work, machine.people):
        folder.mkdir(parents=True, exist_ok=True)
        for name in names.split():
            (folder / f"{name}.py").write_text(breaking)
        (folder / "jupyter_server_config.json").write_text("{ cut off")
    extension = machine.people / ".local/share/jupyter/labextensions/broken/package.json"
    extension.parent.mkdir(parents=True)
    extension.write_text("{ cut off")
    try:
        machine.restart()
        assert machine.verify() == "2"
        await machine.lets_in()
        async with Browser(machine, {}) as ana:
            assert (await ana.sign_in("correct horse battery", "U_ANA")).status == 302
            assert (await ana.get("/lab")).status == 200
    finally:
        for name in (".local", ".jupyter"):
            shutil.rmtree(machine.people / name)
        for file in machine.people.glob("*.py*"):
            file.unlink()


async def test_requests_that_break_a_jupyterlab_leave_server_and_kernels_working(machine):
    asked: list[str] = []
    for each in BREAKING:
        event = machine.run("python-packages", {"packages": [*asked, each]})[-1]
        if event["event"] == "packages":
            asked.append(each)
        else:
            assert event["reason"], each
    assert "jinja2==2.11.3" in asked
    machine.restart()
    assert machine.verify() == "2"
    await machine.lets_in()
    machine.run("python-packages", {"packages": []})


async def test_packages_installed_in_a_cell_never_reach_the_server(machine):
    wheels = [each for each in BREAKING if not each.startswith(("tornado", "markupsafe"))]
    machine.pip("install", "--no-deps", *wheels)
    machine.restart()
    await machine.lets_in()


async def test_the_server_outlives_the_kernels_environment(machine):
    for each in machine.python.parent.parent.iterdir():
        shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
    machine.restart()
    await machine.lets_in()
    assert machine.run("notebooks")[-1]["notebooks"]
    assert machine.run("logs", {"platform": machine.specification["platform"], "lines": 5})
    assert "environment" in machine.apply()[-1]["changed"]
    assert machine.verify() == "2"


async def test_a_repair_makes_the_kernels_environment_anew_with_the_members_packages(machine, work):
    machine.pip("install", "--no-deps", "tabulate==0.9.0", "traitlets==4.3.3")
    (work / "random.py").write_text("")
    (machine.people).chmod(0o777)
    assert machine.verify() != "2"
    asked = {"platform": machine.specification["platform"]}
    done = machine.run("repair", asked)[-1]
    assert done["event"] == "repaired", machine.log
    assert done["own"]["kept"] == ["tabulate==0.9.0"]
    assert [each for each, _ in done["own"]["lost"]] == ["traitlets==4.3.3"]
    assert (done["hiding"], done["refused"], done["log"]) == (["random.py"], "", [])
    assert stat.S_IMODE(machine.people.stat().st_mode) == 0o700
    assert machine.verify() == "2"
    await machine.lets_in()


async def test_a_kernels_environment_that_was_removed_comes_back_by_a_repair(machine):
    for each in machine.python.parent.parent.iterdir():
        shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
    assert machine.verify() != "2"
    await machine.lets_in()
    done = machine.run("repair", {"platform": machine.specification["platform"]})[-1]
    assert (done["event"], done["refused"], done["log"]) == ("repaired", "", []), machine.log
    assert machine.verify() == "2"
    assert machine.runs("import numpy; print(numpy.arange(3).sum())") == "3"


async def test_a_home_folder_whose_permissions_were_taken_away_comes_back_by_a_repair(machine):
    notebook = machine.work / "mine.ipynb"
    notebook.write_text("{}")
    machine.work.chmod(0)
    machine.people.chmod(0)
    machine.restart()
    await machine.lets_in()
    done = machine.run("repair", {"platform": machine.specification["platform"]})[-1]
    assert (done["event"], done["log"]) == ("repaired", []), machine.log
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (machine.people, machine.work)]
    assert modes == [0o700, 0o700]
    assert notebook.read_text() == "{}"
    notebook.unlink()
    assert machine.verify() == "2"


async def test_a_repair_follows_no_link_in_place_of_the_work_folder(machine, tmp_path):
    real = machine.work.rename(machine.work.with_name("elsewhere"))
    tmp_path.chmod(0o500)
    machine.work.symlink_to(tmp_path)
    try:
        machine.run("repair", {"platform": machine.specification["platform"]})
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o500
    finally:
        machine.work.unlink()
        real.rename(machine.work)

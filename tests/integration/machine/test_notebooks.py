"""The sample notebooks: each one runs from top to bottom on a new machine, without a network."""

import json
import os
import shutil
import subprocess

import pytest

from .jupyter_server import MACHINE

SAMPLES = sorted((MACHINE / "notebooks").glob("*.ipynb"))
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=90, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""
SHOWN = {
    "welcome.ipynb": {"image/png", "text/html"},
    "sound-spectrum.ipynb": {"image/png", "text/html"},
    "network-analysis.ipynb": {"image/png", "text/html"},
    "rich-media.ipynb": {
        "application/vnd.jupyter.widget-view+json",
        "image/png",
        "image/svg+xml",
        "text/html",
        "text/latex",
        "text/markdown",
    },
    "export-to-html.ipynb": set(),
}


def test_the_five_samples_are_there():
    assert {path.name for path in SAMPLES} == set(SHOWN)


def test_samples_are_kept_without_output():
    for path in SAMPLES:
        for cell in json.loads(path.read_text())["cells"]:
            assert not cell.get("outputs"), path.name


@pytest.mark.long
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_runs_and_has_the_expected_kinds_of_output(tmp_path, notebook_python, sample):
    copy = tmp_path / sample.name
    shutil.copy(sample, copy)
    environ = {
        **os.environ,
        "PATH": f"{notebook_python.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    done = subprocess.run(
        [notebook_python, "-c", RUN, copy],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    cells = json.loads(copy.read_text())["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    shown = {kind for output in outputs for kind in output.get("data", {})}
    assert shown >= SHOWN[sample.name]
    warned = [o["text"] for o in outputs if o.get("name") == "stderr"]
    assert not warned


def test_the_environment_has_pip_for_members(notebook_python):
    subprocess.run([notebook_python, "-m", "pip", "--version"], check=True, capture_output=True)

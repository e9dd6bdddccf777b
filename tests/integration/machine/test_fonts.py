"""Korean in plots, without a setting and without a warning."""

import json
import os
import subprocess
import sys

import pytest

from provisioning.machine.as_user.fonts import ensure_font

from .jupyter_server import MACHINE

PLOT = """
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.font_manager import fontManager
assert "NanumGothic" in {each.name for each in fontManager.ttflist}
plt.title("한글 제목 and words, −1")
plt.savefig("plot.png")
"""


@pytest.fixture
def environ(environments, tmp_path):
    """The environment of a kernel in a home of its own, and no font beyond matplotlib's."""
    hidden = ("XDG_", "MPL", "MATPLOTLIB")
    kept = {key: text for key, text in os.environ.items() if not key.startswith(hidden)}
    return {**kept, "HOME": str(tmp_path), "PATH": str(tmp_path)}


def plot(environments, environ, folder):
    argv = [environments.python, "-W", "error", "-c", PLOT]
    return subprocess.run(
        argv, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )


def test_a_korean_title_is_drawn_without_a_warning(environments, environ, tmp_path):
    argv = [sys.executable, MACHINE / "as_user/fonts.py", environments.environment, tmp_path]
    for changed in (True, False):
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        assert json.loads(done.stdout) == {"changed": changed}
    done = plot(environments, environ, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "plot.png").stat().st_size > 5_000


def test_a_choice_of_the_members_own_stays(environments, tmp_path):
    own = tmp_path / ".config/matplotlib/matplotlibrc"
    own.parent.mkdir(parents=True)
    own.write_text("font.size: 20\n")
    assert ensure_font(environments.environment, tmp_path, is_windows=False)
    assert own.read_text() == "font.size: 20\n"


def test_fonts_that_matplotlib_remembers_are_looked_for_again(environments, tmp_path):
    known = tmp_path / ".cache/matplotlib/fontlist-v390.json"
    known.parent.mkdir(parents=True)
    known.write_text("{}")
    assert ensure_font(environments.environment, tmp_path, is_windows=False)
    assert not known.exists()


def test_windows_has_folders_of_its_own(tmp_path):
    font = tmp_path / "env/Lib/site-packages/koreanize_matplotlib/fonts/NanumGothic.ttf"
    font.parent.mkdir(parents=True)
    font.write_bytes(b"font")
    assert ensure_font(tmp_path / "env", tmp_path / "home", is_windows=True)
    fonts = tmp_path / "home/AppData/Local/Microsoft/Windows/Fonts"
    assert (fonts / "NanumGothic.ttf").read_bytes() == b"font"
    assert "NanumGothic" in (tmp_path / "home/.matplotlib/matplotlibrc").read_text()


def test_without_the_package_nothing_is_done(tmp_path):
    assert not ensure_font(tmp_path, tmp_path, is_windows=False)

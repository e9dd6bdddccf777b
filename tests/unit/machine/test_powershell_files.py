"""The PowerShell scripts, as far as they can be checked without Windows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import provisioning
from bot.sandbox.machines.process.windows.syntax import parse
from bot.sandbox.machines.process.windows.values import PowerShellError

FOLDER = Path(provisioning.__file__).parent
SCRIPTS = sorted(FOLDER.rglob("*.ps1"))


def test_every_script_is_small():
    assert {"open_ssh.ps1", "bootstrap.ps1", "task.ps1"} <= {each.name for each in SCRIPTS}
    assert all(len(each.read_text().splitlines()) < 80 for each in SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.name)
def test_a_script_parses(script):
    assert not parse(script.read_text()).has_error


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.name)
def test_a_script_has_a_description_and_stops_at_the_first_error(script):
    text = script.read_text()
    assert text.startswith("# ")
    assert "\n$ErrorActionPreference = 'Stop'\n" in text
    assert text.isascii(), "Windows's PowerShell reads a file without a mark in another encoding"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.name)
def test_the_exit_status_of_every_program_is_checked(script):
    """PowerShell itself does not treat a program's exit status as an error."""
    text = re.sub(r"`\n\s*", "", script.read_text())
    for match in re.finditer(r"(?m)^\s*(\w+\.exe|& \$uv python) .*\n(.*)", text):
        assert "$LASTEXITCODE" in match[2], match[0]


@pytest.mark.parametrize(
    "wrong",
    [
        "if ($a) { 'b'",
        "$a = 'open",
        '$a = "open',
        "$a = @('b', 'c'",
        "Get-Item -Path (Join-Path $a 'b'",
        "if ($a -eq ) { 'b' }",
    ],
)
def test_the_parser_finds_a_missing_brace_or_quote(wrong):
    with pytest.raises(PowerShellError, match="syntax error in line"):
        parse(f"{wrong}\n")


def test_every_module_of_the_machine_can_be_imported_on_windows():
    """The modules that exist only on Unix can't be imported in this test, as on Windows."""
    machine = FOLDER / "machine"
    code = f"""
import importlib, pathlib, sys
sys.path.insert(0, {str(machine)!r})
for name in ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog"):
    sys.modules[name] = None
names = [f"notebook_setup.{{path.stem}}" for path in
         pathlib.Path({str(machine)!r}, "notebook_setup").glob("*.py")]
names += ["notebook_setup.windows", "notebook_identity.register", "notebook_identity.locks"]
folder = pathlib.Path({str(machine)!r}, "as_user")
sys.path.insert(0, str(folder))  # as the programs themselves do
names += [f"as_user.{{path.stem}}" for path in folder.glob("*.py")
          if path.stem not in ("certificate", "keep", "probe")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20

"""Our PowerShell, as far as it can be read without a Windows."""

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


def test_there_are_scripts_and_each_is_small():
    assert {"open_ssh.ps1", "bootstrap.ps1", "task.ps1"} <= {each.name for each in SCRIPTS}
    assert all(len(each.read_text().splitlines()) < 80 for each in SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.name)
def test_a_script_parses(script):
    assert not parse(script.read_text()).has_error


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.name)
def test_a_script_says_what_it_is_for_and_stops_at_the_first_error(script):
    text = script.read_text()
    assert text.startswith("# ")
    assert "\n$ErrorActionPreference = 'Stop'\n" in text
    assert text.isascii(), "Windows's PowerShell reads a file without a mark in another encoding"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.name)
def test_a_failing_program_is_noticed(script):
    """A program's exit status is no error to PowerShell by itself."""
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


def test_no_module_of_the_machine_needs_a_unix_to_be_imported():
    """As on Windows: the modules that only a Unix has can't be imported there."""
    machine = FOLDER / "machine"
    code = f"""
import importlib, pathlib, sys
sys.path.insert(0, {str(machine)!r})
for name in ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog"):
    sys.modules[name] = None
names = [f"notebook_setup.{{path.stem}}" for path in
         pathlib.Path({str(machine)!r}, "notebook_setup").glob("*.py")]
names += ["notebook_setup.windows", "notebook_identity.state", "notebook_identity.locks"]
folder = pathlib.Path({str(machine)!r}, "as_user")
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

"""The sandbox's small PowerShell: what it runs like the real one, and what it refuses."""

from datetime import datetime

import pytest

from bot.sandbox.machines.process.tree import Tree
from bot.sandbox.machines.process.windows import command_line
from bot.sandbox.machines.process.windows.cmdlets.catalogue import CMDLETS
from bot.sandbox.machines.process.windows.interpreter import Exit, Shell
from bot.sandbox.machines.process.windows.values import Parameter, PowerShellError

STOP = "$ErrorActionPreference = 'Stop'\n"


@pytest.fixture
def shell(tmp_path):
    tree = Tree(tmp_path)
    (tree.root / "ProgramData").mkdir(parents=True)
    environ = {"ProgramData": str(tree.root / "ProgramData"), "PATH": str(tree.root / "System32")}
    return Shell(tree, environ, tree.root, CMDLETS)


@pytest.fixture
def run(shell, capsys):
    def run(script, *words):
        shell.run_script(STOP + script if not script.startswith("param") else script, words)
        return capsys.readouterr().out.splitlines()

    return run


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("'a' + 'b'", ["ab"]),
        ('$a = 7; "$a and $($a + 1) `"x`""', ['7 and 8 "x"']),
        ("'it''s'", ["it's"]),
        ('"a ""b"" c"', ['a "b" c']),
        ("$env:PROGRAMDATA.Contains('ProgramData')", ["True"]),
        ("if ($null) { 'yes' } elseif (2 -gt 1) { 'two' } else { 'no' }", ["two"]),
        ("if (-not @()) { 'empty' }", ["empty"]),
        ("foreach ($x in 'a', 'b', 'c') { if ($x -eq 'b') { continue }; $x }", ["a", "c"]),
        ("$i = 0; while ($i -lt 3) { $i = $i + 1; if ($i -eq 2) { break } }; $i", ["2"]),
        ("'ABC' -eq 'abc'", ["True"]),
        ("'uv 1.2.3 (x)' -like 'uv 1.2.3 *'", ["True"]),
        ("if ('uv==1.2' -match 'uv==([0-9.]+)') { $Matches[1] }", ["1.2"]),
        ("@('a', 'b', 'a') -eq 'a'", ["a", "a"]),
        ("('a', 'b' | Where-Object { $_ -ne 'a' })", ["b"]),
        ("'a', 'b' | ForEach-Object { \"<$_>\" }", ["<a>", "<b>"]),
        ("$t = @{ one = 1 }; $t['two'] = 2; $t.Keys | ForEach-Object { $t[$_] }", ["1", "2"]),
        ("$t = @{ a = @(1) }; ConvertTo-Json -Compress -InputObject $t", ['{"a": [1]}']),
        ("$a = @(1); $a.Count", ["1"]),
        ("& { param([string] $Name) \"hello $Name\" } -Name 'Ana'", ["hello Ana"]),
        ("(New-TimeSpan -Minutes 2).TotalSeconds", ["120.0"]),
        ("Get-Content -Path nothing -ErrorAction SilentlyContinue; 'on'", ["on"]),
    ],
)
def test_it_runs_as_the_real_one(run, script, said):
    assert run(script) == said


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("Get-Nothing", "'Get-Nothing' is not recognized"),
        ("ls", "'ls' is not recognized"),
        ("sh -c true", "'sh' is not recognized"),
        ("Join-Path -Pth 'a' 'b'", "matches parameter name 'Pth'"),
        ("Join-Path 'a' 'b' 'c'", "positional parameter"),
        ("Join-Path 'a'", "missing mandatory parameters: Join-Path -childpath"),
        ("New-Item -Path 'a' -ItemType File", "not a value of -itemtype"),
        ("New-Item -Path", "Missing an argument"),
        ("'a' -ceq 'a'", "operator -ceq"),
        ("$never", "never set"),
        ("'a'.PadLeft(3)", "does not know PadLeft"),
        ("[System.Math]::Abs(1)", "does not know \\[math\\]::Abs"),
        ("[System.Convert]::FromBase64String('?')", "not a valid Base-64"),
        ("[guid]'x'", "the type \\[guid\\]"),
        ("(Get-Date).Nope", "does not know Nope"),
        ("function f { 1 }", "does not run function"),
        ("try { 1 } catch { 2 }", "does not run try_statement"),
        ("Get-Date > file", "does not run redirection"),
        ("Get-Date", "can't print a datetime"),
        ("throw 'so it ends'", "so it ends"),
        ("if ($true) { 'a'", "syntax error"),
        ("Get-Content -Path ../../outside", "Cannot find path"),
        ("New-ScheduledTaskSettingsSet -RestartCount 3", "go together"),
        (
            "New-ScheduledTaskSettingsSet -RestartCount 3 -RestartInterval "
            "(New-TimeSpan -Seconds 5)",
            "out of range",
        ),
        ("New-ScheduledTaskPrincipal -UserId a -LogonType Password", "not a value of -logontype"),
        ("Unregister-ScheduledTask -TaskName a", "would wait"),
        ("Invoke-WebRequest -UseBasicParsing -Uri 'https://a'", "is not recognized"),
        ("New-LocalUser -Name a -Password 'plain'", "secure string"),
        ("Get-CimInstance -ClassName Win32_Bios", "does not know the class"),
    ],
)
def test_it_refuses_what_is_wrong_or_unknown(run, script, complaint):
    with pytest.raises(PowerShellError, match=complaint):
        run(script)


def test_an_error_without_stop_is_refused_since_the_real_one_would_go_on(shell):
    with pytest.raises(PowerShellError, match=r"knows only the .ErrorActionPreference"):
        shell.run_script("Get-Content -Path nothing", [])


def test_parameters_of_a_script_are_checked(shell, capsys):
    script = f"param([Parameter(Mandatory)] [int] $Port, [switch] $Now)\n{STOP}$Port + 1\n$Now"
    shell.run_script(script, [Parameter("Port"), Parameter("", "442", has_value=True)])
    assert capsys.readouterr().out == "443\nFalse\n"
    for words, complaint in (
        ([], "needs -port"),
        ([Parameter("Port"), Parameter("", "x", has_value=True)], 'Cannot convert value "x"'),
        ([Parameter("Prt"), Parameter("", "1", has_value=True)], "matches parameter name 'Prt'"),
        ([Parameter("Port")], "Missing an argument"),
    ):
        with pytest.raises(PowerShellError, match=complaint):
            shell.run_script(script, words)


def test_exit_ends_with_a_status(run):
    with pytest.raises(Exit) as end:
        run("exit 3")
    assert end.value.status == 3


def test_files_are_the_machines_own(run, shell):
    folder = "(Join-Path $env:ProgramData 'a\\b')"
    run(f"New-Item -ItemType Directory -Force -Path {folder} | Out-Null")
    run(
        f"[System.IO.File]::WriteAllBytes((Join-Path {folder} 'c'), "
        "[System.Convert]::FromBase64String('aGk='))"
    )
    file = shell.session.tree.root / "ProgramData/a/b/c"
    assert file.read_bytes() == b"hi"
    [digest] = run(f"(Get-FileHash -Algorithm SHA256 -Path (Join-Path {folder} 'c')).Hash")
    assert digest == "8F434346648F6B96DF89DDA901C5176B10A6D83961DD3C1AC88B59B2DC327AA4"
    run(f"Remove-Item -Recurse -Force -Path {folder}")
    assert not file.parent.exists()


def test_times_are_the_computers(shell):
    before = datetime.now().astimezone()
    [now] = CMDLETS["get-date"].run(shell, {}, [])
    assert before <= now <= datetime.now().astimezone()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a b  c", ["a", "b", "c"]),
        ('"a b" c', ["a b", "c"]),
        (r"C:\x\y.exe -I", [r"C:\x\y.exe", "-I"]),
        (r'"C:\x y\\" z', ["C:\\x y\\", "z"]),
        (r"a \"b\"", ["a", '"b"']),
        ('""', [""]),
    ],
)
def test_a_command_line_is_split_as_windows_does(line, words):
    assert command_line.split(line) == words


@pytest.mark.parametrize("line", ["a | b", "a && b", "a > b", "a %PATH%", "a\nb"])
def test_what_cmd_would_do_more_is_refused(line):
    with pytest.raises(ValueError, match="does not know"):
        command_line.simple_words(line)

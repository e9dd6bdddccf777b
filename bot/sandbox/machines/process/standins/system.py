"""cloud-init, df, hostname, journalctl and ps, as far as a set-up program uses them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from bot.sandbox.machines.process import space
from bot.sandbox.machines.process.standins.arguments import read
from bot.sandbox.machines.process.tree import Tree

_POLL_SECONDS = 0.1


def cloud_init(tree: Tree, args: list[str]) -> int:
    """Answer `cloud-init status [--wait] [--long]`: 0 when done, 1 after errors."""
    flags, values, words = read(args, frozenset({"--wait", "--long"}), {"--format": "format"})
    if words != ["status"]:
        raise ValueError("this machine's stand-in knows: status")
    file = tree.root / "var/lib/cloud/status.json"
    while True:
        status = json.loads(file.read_text()) if file.exists() else {"status": "running"}
        if status["status"] != "running" or "--wait" not in flags:
            break
        time.sleep(_POLL_SECONDS)
    if values.get("format") == "json":
        print(json.dumps(status))
    else:
        print(f"status: {status['status']}")
        for error in status.get("errors", []):
            print(f"errors:\n  - {error}")
    return int(status["status"] == "error")


def hostname(tree: Tree, args: list[str]) -> int:
    """Print the machine's name, or with `-I` its address."""
    if args == ["-I"]:
        print(json.loads((tree.directory / "machine.json").read_text())["address"])
    elif args:
        raise ValueError(f"this machine's stand-in does not know {args[0]}")
    else:
        print((tree.root / "etc/hostname").read_text().strip())
    return 0


def journalctl(tree: Tree, args: list[str]) -> int:
    """Answer `journalctl -u UNIT` or `_PID=NUMBER`, with `[-n LINES] [--no-pager] [-o cat]`."""
    _, values, words = read(
        args,
        frozenset({"--no-pager", "-q", "--quiet", "-b"}),
        {"-u": "unit", "--unit": "unit", "-n": "lines", "--lines": "lines", "-o": "output"},
    )
    folder, unit = tree.root / "var/log/journal", values.get("unit", "")
    name = unit if "." in unit else f"{unit}.service"
    files = [folder / f"{name}.log"] if unit else sorted(folder.glob("*.log"))
    lines = [
        line
        for file in files
        if file.exists()
        for line in file.read_text(errors="replace").splitlines()
        if all(f"_PID={line.split(chr(9), 3)[2]}" == word for word in words)
    ]
    for line in lines[-int(values.get("lines", "1000")) :]:
        stamp, identifier, pid, text = line.split("\t", 3)
        when = time.strftime("%b %d %H:%M:%S", time.gmtime(float(stamp)))
        print(text if values.get("output") == "cat" else f"{when} {identifier}[{pid}]: {text}")
    return 0


def ps(tree: Tree, args: list[str]) -> int:
    """Answer `ps -u USER -o pid=,...` with the user's marked processes; else run the real ps."""
    _, values, words = read(args, frozenset(), {"-u": "user", "-o": "columns"})
    if words or set(values) != {"user", "columns"}:
        raise ValueError("this machine's stand-in knows: -u USER -o COLUMNS")
    wanted = {
        f"MACHINE_DIR={tree.directory}".encode(),
        f"MACHINE_USER={values['user']}".encode(),
    }
    pids = [str(each) for each in _processes() if wanted <= _environment(each)]
    if not pids:
        return 1
    argv = ["/bin/ps", "-o", values["columns"], "-p", ",".join(pids)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    sys.stdout.write(done.stdout)
    return done.returncode


def df(tree: Tree, args: list[str]) -> int:
    """Answer `df --block-size=1 --output=size,used,avail PATH` of the machine's only disk."""
    _, values, words = read(args, frozenset(), {"--block-size": "block", "--output": "columns"})
    if values != {"block": "1", "columns": "size,used,avail"} or len(words) != 1:
        raise ValueError("this machine's stand-in knows: --block-size=1 --output=size,used,avail")
    size, used = space.file_system_bytes(tree), space.used_bytes(tree)
    print("1B-blocks Used Avail")
    print(size, min(used, size), max(0, size - used))
    return 0


def findmnt(tree: Tree, args: list[str]) -> int:
    """Answer `findmnt --noheadings --output SOURCE,FSTYPE,TARGET --target PATH`."""
    _, values, words = read(args, frozenset({"--noheadings"}), {"--output": "o", "--target": "t"})
    if values.get("o") != "SOURCE,FSTYPE,TARGET" or words:
        raise ValueError("this machine's stand-in knows: --output SOURCE,FSTYPE,TARGET")
    print(*space.layout(tree), "/")
    return 0


def growpart(tree: Tree, args: list[str]) -> int:
    """Let the partition fill the disk: 0, or 1 if it does already."""
    device, _kind = space.layout(tree)
    if args != [device.rstrip("0123456789"), device[-1]]:
        raise ValueError(f"this machine's partition is {device}")
    changed = space.grow_partition(tree)
    print("CHANGED" if changed else "NOCHANGE: the partition could not be grown")
    return 0 if changed else 1


def grow_file_system(tree: Tree, args: list[str]) -> int:
    """Be resize2fs and xfs_growfs: let the file system fill its partition."""
    device, kind = space.layout(tree)
    if args != [device if kind == "ext4" else "/"]:
        raise ValueError(f"this machine has {kind} on {device}")
    space.grow_file_system(tree)
    return 0


def old_python(tree: Tree, args: list[str]) -> int:
    """Be the python3 of openSUSE Leap, version 3.6, which is too old for a set-up program."""
    if args not in (["--version"], ["-V"]):
        print("python3: this one is 3.6, for the system's own tools", file=sys.stderr)
        return 1
    print("Python 3.6.15")
    return 0


def _processes() -> list[int]:
    own = os.getpid()
    return [
        int(path.name)
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and int(path.name) != own
    ]


def _environment(pid: int) -> set[bytes]:
    try:
        return set(Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    except OSError:
        return set()

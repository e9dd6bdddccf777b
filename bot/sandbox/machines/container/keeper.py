"""`keeper.py LOCK GROUP...`: hold a network namespace as long as the sandbox lives.

The keeper runs as a module in a network namespace of its own. Its standard input ends with the
sandbox. Then the keeper kills all machines: with the last process, the namespace, its interfaces
and the machines' mounts go too. Before it prints `ready` it waits until an earlier keeper of the
same folder has done so, and removes what a killed keeper has left.
"""

import fcntl
import signal
import sys
from pathlib import Path

from bot.sandbox.machines.container.control_group import ControlGroup


def main(lock_file: Path, group: ControlGroup) -> None:
    """Keep the namespace, then remove the machines."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C ends the sandbox, whose end ends this
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        group.end()
        print("ready", flush=True)
        sys.stdin.read()
        group.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]), ControlGroup(tuple(map(Path, sys.argv[2:]))))

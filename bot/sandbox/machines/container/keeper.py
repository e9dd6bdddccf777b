"""`keeper.py LOCK GROUP...`, as a module and in a network namespace of its own.

Holds the namespace as long as the sandbox lives, which it knows by its standard input. When
that ends, however it ended, it kills all machines: with the last process the namespace, its
interfaces and the machines' mounts go too. Before it says `ready` it waits until an earlier
keeper of the same folder has done so, and clears away what one left that was killed itself.
"""

import fcntl
import signal
import sys
from pathlib import Path

from bot.sandbox.machines.container.control_group import ControlGroup


def main(lock_file: Path, group: ControlGroup) -> None:
    """Keep, then clear away."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when the sandbox does, not before
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        group.end()
        print("ready", flush=True)
        sys.stdin.read()
        group.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]), ControlGroup(tuple(map(Path, sys.argv[2:]))))

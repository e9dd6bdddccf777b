"""The processes of one machine, seen from its init.

Like a real init, this one adopts every process whose parent has ended (Linux's child subreaper). No
process escapes by forking twice or by a session of its own.
"""

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LIBC = ctypes.CDLL(None, use_errno=True)
_OPEN_FILES = 4096

Stream = int | IO[bytes] | None


class Child:
    """A process that init itself has started; the head of a session and process group."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self.popen = popen
        self.pid = popen.pid
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def returncode(self) -> int | None:
        """The exit code; negative for a signal that ended the process; None while it runs."""
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        """Wait for the end, and return the exit code."""
        return await asyncio.shield(self._ended)

    async def wait_for(self, seconds: float) -> tuple[int, bool]:
        """Wait at most so long, then kill the process group.

        Return the exit code and whether the process ended in time.
        """
        try:
            async with asyncio.timeout(None if seconds == float("inf") else seconds):
                return await self.wait(), True
        except TimeoutError:
            self.signal(signal.SIGKILL)
            return await self.wait(), False

    def ended(self, code: int) -> None:
        """Set the exit code; only the reaper calls this."""
        self.popen.returncode = code
        self._ended.set_result(code)

    def signal(self, number: int) -> None:
        """Signal the whole process group, as a terminal or sshd does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)


class Processes:
    """Starts, reaps and ends processes. Each init makes one, in the running loop's thread."""

    def __init__(self) -> None:
        if _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "cannot become the reaper of the machine")
        self._children: dict[int, Child] = {}
        asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._reap)

    def spawn(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path | str,
        stdin: Stream = subprocess.DEVNULL,
        stdout: Stream = subprocess.DEVNULL,
        stderr: Stream = subprocess.DEVNULL,
        umask: int = 0o022,
        open_files: int = _OPEN_FILES,
    ) -> Child:
        """Start a process in a session of its own. Raise OSError if it can't be started."""
        popen = subprocess.Popen(
            list(argv),
            env=dict(env),
            cwd=cwd,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            umask=umask,
            start_new_session=True,
            preexec_fn=lambda: _prepare(open_files),
        )
        child = self._children[popen.pid] = Child(popen)
        return child

    def _reap(self) -> None:
        """Collect all ended children, adopted ones too."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if child := self._children.pop(pid, None):
                child.ended(os.waitstatus_to_exitcode(status))

    async def end_all(self, grace: float) -> None:
        """End every process of the machine; after `grace` seconds the rest is killed."""
        everything = descendants
        if grace > 0:
            send(everything(), signal.SIGTERM)
            await gone(everything, grace)
        while left := everything():
            send(left, signal.SIGKILL)
            await gone(everything, 0.2)


def _prepare(open_files: int) -> None:
    """Run in the new process: a machine that loses its init has lost its power."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    ceiling = open_files if most == resource.RLIM_INFINITY else min(open_files, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, ceiling))


def descendants() -> list[psutil.Process]:
    """Return all running processes below this one."""
    return _alive(psutil.Process().children(recursive=True))


def marked(name: str, value: str) -> list[psutil.Process]:
    """Return all processes of the computer that carry an environment variable."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(name) == value:
                found.append(process)
    return _alive(found)


async def end_marked(name: str, value: str) -> None:
    """Kill the processes that carry the variable: a machine whose init was killed left them.

    A process that has cleared its environment *and* lost its parent is out of reach. A living init
    still finds it, because init is then its parent.
    """
    while left := marked(name, value):
        send(left, signal.SIGKILL)
        await gone(lambda: marked(name, value), 0.2)


def send(processes: Iterable[psutil.Process], number: int) -> None:
    """Signal each process that still runs."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)


async def gone(find: Callable[[], list[psutil.Process]], seconds: float) -> bool:
    """Wait until `find` finds nothing; return False if it still does after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while find():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


def _alive(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    alive = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                alive.append(process)
    return alive

"""The processes of a service, found without the kernel's control groups."""

import contextlib
import signal

import psutil

from bot.sandbox.machines.process import processes


def members(main_pid: int, invocation: str) -> list[psutil.Process]:
    """Return the processes with the service's invocation id, and those from its main process.

    The parent of a process does not matter.
    """
    mine: dict[int, psutil.Process] = {}
    for process in processes.descendants():
        with contextlib.suppress(psutil.Error, OSError):
            marked = bool(invocation) and process.environ().get("INVOCATION_ID") == invocation
            if marked or process.pid == main_pid or process.ppid() in mine:
                mine[process.pid] = process
    return list(mine.values())


async def end_members(
    main_pid: int, invocation: str, mode: str, number: int, seconds: float
) -> bool:
    """End a service's processes as KillMode= says.

    They get the signal `number`, and are killed after `seconds`. Return False if a process had to
    be killed.
    """
    if mode == "none":
        return True

    def everything() -> list[psutil.Process]:
        return members(main_pid, invocation)

    def main() -> list[psutil.Process]:
        return [process for process in everything() if process.pid == main_pid]

    watched = everything if mode == "control-group" else main
    processes.send(watched(), number)
    in_time = await processes.gone(watched, seconds)
    if mode == "process":
        processes.send(main(), signal.SIGKILL)
        return in_time
    while left := everything():
        processes.send(left, signal.SIGKILL)
        await processes.gone(everything, 0.2)
    return in_time

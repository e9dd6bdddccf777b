"""Which processes belong to a service, where the kernel's control groups aren't to be had."""

import contextlib
import signal

import psutil

from bot.sandbox.machines.process import processes


def members(main_pid: int, invocation: str) -> list[psutil.Process]:
    """Those that carry the service's invocation, whoever their parent is, and those that came
    from its main process."""
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
    """End a service's processes as KillMode= says: the signal `number`, and after `seconds`
    by force. Returns False if it came to that."""
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

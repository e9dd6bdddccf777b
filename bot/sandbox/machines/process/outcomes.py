"""What the end of a service means: whether a restart follows, and systemctl's messages."""

import signal

from bot.sandbox.machines.process.units import Unit

_CLEAN_SIGNALS = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE}


def wants_restart(unit: Unit, result: str, exit_status: int) -> bool:
    """Return whether Restart= asks for another start after this result (systemd.service(5))."""
    policy = unit.last("Service", "Restart", "no")
    if str(exit_status) in unit.words("Service", "RestartPreventExitStatus"):
        return False
    failed = result != "success"
    return {
        "always": True,
        "on-failure": failed,
        "on-success": not failed,
        "on-abnormal": result in {"signal", "core-dump", "timeout"},
        "on-abort": result in {"signal", "core-dump"},
    }.get(policy, False)


def reason(result: str) -> str:
    """Return the cause in the words of systemctl, which follow "failed because"."""
    return {
        "exit-code": "the control process exited with error code",
        "timeout": "a timeout was exceeded",
        "signal": "a fatal signal was delivered to the control process",
        "start-limit-hit": "start of the service was attempted too often",
    }.get(result, f"of {result}")


def is_clean(unit: Unit, code: int) -> bool:
    """Return whether the main process ended well; a negative code is a signal's number."""
    if code == 0 or str(code) in unit.words("Service", "SuccessExitStatus"):
        return True
    return code < 0 and -code in _CLEAN_SIGNALS


def how_it_ended(code: int) -> str:
    """Return the end of a process in systemd's words; a negative code is a signal's number."""
    if code < 0:
        return f"code=killed, status={-code}/{signal.Signals(-code).name[3:]}"
    return f"code=exited, status={code}"


def bad_setting(name: str) -> str:
    """Return systemctl's message for a unit file that can't be used."""
    return (
        f"Failed to start {name}: Unit {name} has a bad unit file setting.\n"
        f"See system logs and 'systemctl status {name}' for details."
    )


def failed_job(name: str, result: str) -> str:
    """Return systemctl's message for a start that failed with this result."""
    return (
        f"Job for {name} failed because {reason(result)}.\n"
        f'See "systemctl status {name}" and "journalctl -xeu {name}" for details.'
    )

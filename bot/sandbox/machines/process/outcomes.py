"""What a service's end means: whether it is restarted, and how systemctl words it."""

from bot.sandbox.machines.process.units import Unit


def wants_restart(unit: Unit, result: str, exit_status: int) -> bool:
    """Whether Restart= asks for another start after this result (systemd.service(5))."""
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
    """The cause, after "Job for NAME failed because"."""
    return {
        "exit-code": "the control process exited with error code",
        "timeout": "a timeout was exceeded",
        "signal": "a fatal signal was delivered to the control process",
        "start-limit-hit": "start of the service was attempted too often",
    }.get(result, f"of {result}")

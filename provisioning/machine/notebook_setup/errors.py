"""The errors that the set-up program raises on purpose."""

from __future__ import annotations

INTERNAL_ERROR = (
    "The set-up program has stopped because of an internal error. Tell an admin: the bot's log has "
    "the details."
)


class SetUpError(Exception):
    """The set-up can't go on: `reason` is a sentence for the owner, `detail` is for the log.

    `code` tells the bot of a failure for which it has words of its own.
    """

    code = "SetUpFailed"

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class NotYetError(SetUpError):
    """A condition was not met in time, and may be met later: the bot may try again."""


class CommandError(SetUpError):
    """A program of the machine ended with an error."""

    def __init__(self, program: str, status: int, output: str) -> None:
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        last = lines[-1][:300] if lines else f"it ended with status {status}"
        super().__init__(f"{program} failed on the machine: {last}", "\n".join(lines[-15:]))
        self.status = status

"""The answer of a command that runs on a process machine."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """The exit status of a command and its output."""

    status: int = 0
    stdout: str = ""
    stderr: str = ""

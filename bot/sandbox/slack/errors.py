"""Slack's refusals: status 200 with `ok: false` and an error word."""

from typing import Any


class ApiError(Exception):
    """A refusal of Slack's Web API.

    `messages` go to response_metadata, where Slack says what is wrong and where: "[ERROR] must be
    less than 3001 characters [json-pointer:/blocks/0/text/text]".
    """

    def __init__(self, error: str, messages: list[str] | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages or []

    def body(self) -> dict[str, Any]:
        """Return the answer's body."""
        body: dict[str, Any] = {"ok": False, "error": self.error}
        if self.messages:
            body["errors"] = [message.removeprefix("[ERROR] ") for message in self.messages]
            body["response_metadata"] = {"messages": self.messages}
        return body

"""Logs of the bot and of its libraries in one form, without secrets."""

import logging
import re
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import structlog

_SECRET_NAME = re.compile(r"password|secret|token|authorization|private", re.IGNORECASE)
_SECRET_TEXT = re.compile(r"xox[abprs]-[\w-]+|xapp-[\w-]+|\$argon2\w*\$\S+|Bearer \S+")
_HIDDEN = "[hidden]"
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Characters that move the cursor, begin a line, or turn the direction of writing."""

# At DEBUG slack_sdk logs posted texts, one-time passwords included; asyncssh and azure log
# requests. These levels hold even if the root logger has a lower one.
_FLOORS = {
    "slack_sdk": logging.INFO,
    "slack_bolt": logging.INFO,
    "azure": logging.WARNING,
    "asyncssh": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    "dbos": logging.WARNING,
}


def hide_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Hide secrets in a log event: values by their names, tokens by their form."""
    return {name: _hidden(name, value) for name, value in event.items()}


def _hidden(name: str, value: Any) -> Any:
    if _SECRET_NAME.search(name):
        return _HIDDEN
    if isinstance(value, str):
        return _SECRET_TEXT.sub(_HIDDEN, value)
    if isinstance(value, Mapping):
        return {inner: _hidden(str(inner), each) for inner, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden("", each) for each in value]
    return value


def escape_controls(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Write control characters as escapes, so that a machine's text forges no line.

    The lines of a traceback stay lines, but are indented.
    """
    return {name: _printable(name, value) for name, value in event.items()}


def _printable(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value  # the renderer writes it with `repr`
    if name in ("exception", "stack"):
        lines = [_CONTROL.sub(_escape, line) for line in value.split("\n")]
        return "\n    ".join(lines)
    return _CONTROL.sub(_escape, value)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def configure_logs(
    form: Literal["json", "text"] = "text",
    level: int = logging.INFO,
    stream: TextIO | None = None,
) -> None:
    """Write all logs to `stream` (default: stderr), one line or one JSON object for each event."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    as_text = (escape_controls, structlog.dev.ConsoleRenderer(colors=False))
    rendering = (structlog.processors.JSONRenderer(),) if form == "json" else as_text
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *rendering,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, floor in _FLOORS.items():
        logging.getLogger(name).setLevel(max(floor, level))

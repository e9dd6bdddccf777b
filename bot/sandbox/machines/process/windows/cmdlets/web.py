"""Fetching by https, through what the machine's network gives it."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

from bot.sandbox.machines.process.windows.binding import SWITCH, Arguments, Cmdlet
from bot.sandbox.machines.process.windows.interpreter import Shell
from bot.sandbox.machines.process.windows.values import PowerShellError, Record, Value

_SECONDS = 60


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Record] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.found.append(Record({"href": href}))


def _request(shell: Shell, given: Arguments, items: list[Value]) -> list[Value]:
    if not given.get("usebasicparsing"):
        raise PowerShellError("Internet Explorer's engine is not there: use -UseBasicParsing.")
    body = _fetched(shell, given["uri"], keep="outfile" in given)
    if "outfile" in given:
        shell.path(given["outfile"]).write_bytes(body)
        return []
    content = body.decode(errors="replace")
    links = _Links()
    links.feed(content)
    return [Record({"StatusCode": 200, "Content": content, "Links": links.found})]


def _fetched(shell: Shell, address: str, *, keep: bool) -> bytes:
    """The body; a download is kept beside the machines' package cache, as a mirror near them
    would keep it."""
    name = hashlib.sha256(address.encode()).hexdigest()
    cache = Path(shell.environ["UV_CACHE_DIR"]).parent / "downloads" / name
    if keep and cache.exists():
        return cache.read_bytes()
    if not address.startswith("https://"):
        raise PowerShellError(f"this stand-in fetches by https alone: {address}")
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 - https
            body = bytes(answer.read())
    except (urllib.error.URLError, OSError) as error:
        raise PowerShellError(f"The remote name could not be reached: {error}") from None
    if keep:
        cache.parent.mkdir(parents=True, exist_ok=True)
        new = cache.with_name(f"{name}.{shell.environ['MACHINE_ID']}")
        new.write_bytes(body)
        new.replace(cache)
    return body


CMDLETS = (
    Cmdlet("Invoke-WebRequest", _request,
           {"uri": "string", "outfile": "string", "usebasicparsing": SWITCH}, ("uri",), ("uri",)),
)  # fmt: skip

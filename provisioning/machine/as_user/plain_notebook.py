"""A notebook without anything that could run on its reader's computer.

A new notebook is built of the fields that a page needs; everything else is left out: scripts, event
handlers, frames, styles of the whole page, widgets. A field of an unexpected type counts as absent.
HTML is cleaned with bleach, which nbconvert brings. The environment's Python runs this module.
"""

from __future__ import annotations

import importlib
import re
from typing import Any

saved_notebook = importlib.import_module("saved_notebook")

_TAGS = frozenset(
    (
        "a abbr acronym b blockquote br caption center cite code col colgroup dd del details div "
        "dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp "
        "small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var"
    ).split()
)
_ATTRIBUTES = frozenset(
    (
        "align alt border cellpadding cellspacing class colspan height id lang open reversed "
        "rowspan scope span start style title type valign width"
    ).split()
)
_PICTURE = re.compile(r"data:image/(png|jpe?g|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*\Z")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*\Z")
_WORD = re.compile(r"[A-Za-z0-9_+.-]{1,40}\Z")
_HIDDEN = re.compile(r"<(script|style|template)\b.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TEXTS = ("text/plain", "text/latex", "text/markdown", "image/svg+xml")
_PICTURES = ("image/png", "image/jpeg", "image/gif")
LEFT_OUT = "<p><em>What needs JavaScript here is not part of the export.</em></p>"


def plain_notebook(notebook: dict[str, Any]) -> Any:
    """Return a copy with sources, results and pictures only, as a node of nbformat's."""
    import nbformat  # noqa: PLC0415 - the environment's

    language = _fields(_fields(notebook.get("metadata")).get("language_info"))
    name = _word(language.get("name")) or "python"
    lexer = _word(language.get("pygments_lexer")) or name
    plain = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {"language_info": {"name": name, "pygments_lexer": lexer}},
        "cells": [
            _cell(each)
            for each in _all_fields(notebook.get("cells"))
            if each.get("cell_type") != "raw"
        ],
    }
    return nbformat.from_dict(plain)  # type: ignore[no-untyped-call]


def clean(text: Any) -> str:
    """Return HTML that can show, link and format, and nothing else."""
    import bleach  # noqa: PLC0415 - the environment's
    from bleach.css_sanitizer import CSSSanitizer  # noqa: PLC0415

    text = text.decode() if isinstance(text, bytes) else str(text)
    return str(
        bleach.clean(
            _HIDDEN.sub("", text),
            tags=_TAGS,
            attributes=_is_allowed,
            protocols=("http", "https", "mailto", "data"),
            strip=True,
            css_sanitizer=CSSSanitizer(),
        )
    )


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if tag == "a" and name == "href":
        return not value.strip().lower().startswith("data:")
    if tag == "img" and name == "src":
        return bool(_PICTURE.match(value)) or value.lower().startswith(("https://", "http://"))
    return name in _ATTRIBUTES


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    made = {"source": _text(cell.get("source")), "metadata": {}}
    if cell.get("cell_type") == "markdown":
        attached = {
            str(name): pictures
            for name, found in _fields(cell.get("attachments")).items()
            if (pictures := _pictures(_fields(found)))
        }
        return {**made, "cell_type": "markdown", "attachments": attached}
    given = _all_fields(cell.get("outputs"))
    outputs = [found for each in given if (found := _output(each)) is not None]
    count = _number(cell.get("execution_count"))
    return {**made, "cell_type": "code", "outputs": outputs, "execution_count": count}


def _output(output: dict[str, Any]) -> dict[str, Any] | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": _text(output.get("text"))}
    if kind == "error":
        given = output.get("traceback")
        lines = [_text(each) for each in given] if isinstance(given, list) else []
        words = {key: _text(output.get(key)) for key in ("ename", "evalue")}
        return {"output_type": kind, "traceback": lines, **words}
    if kind not in ("display_data", "execute_result"):
        return None
    data = _data(_fields(output.get("data")))
    made = {"output_type": kind, "data": data, "metadata": _sizes(output)}
    if kind == "execute_result":
        made["execution_count"] = _number(output.get("execution_count"))
    return made


def _data(data: dict[str, Any]) -> dict[str, str]:
    kept = {kind: _text(data[kind]) for kind in _TEXTS if kind in data} | _pictures(data)
    if "text/html" in data:
        page = _text(data["text/html"])
        cleaned = clean(page)
        kept["text/html"] = cleaned + LEFT_OUT if "<script" in page.lower() else cleaned
    if not kept:
        kept["text/html"] = LEFT_OUT
    return kept


def _sizes(output: dict[str, Any]) -> dict[str, Any]:
    """Return the pictures' sizes: a template writes them without quotes."""
    sizes: dict[str, Any] = {}
    for kind in _PICTURES:
        given = _fields(_fields(output.get("metadata")).get(kind))
        found = {key: _number(given.get(key)) for key in ("width", "height")}
        sizes[kind] = {key: value for key, value in found.items() if value is not None}
    return {kind: found for kind, found in sizes.items() if found}


def _pictures(data: dict[str, Any]) -> dict[str, str]:
    found = {kind: _text(data[kind]) for kind in _PICTURES if kind in data}
    return {kind: text for kind, text in found.items() if _BASE64.match(text)}


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = "".join(map(str, value))
    return "" if value is None else str(saved_notebook.whole(str(value)))


def _fields(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _all_fields(values: Any) -> list[dict[str, Any]]:
    given = values if isinstance(values, list) else []
    return [each for each in given if isinstance(each, dict)]


def _word(value: Any) -> str:
    return value if isinstance(value, str) and _WORD.match(value) else ""


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None

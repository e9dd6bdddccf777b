"""A notebook's HTML page made ready for paper: its styles removed, its wide tables fitted. Pure.

A table that is wider than the page gets smaller letters, then a page across, then a page as wide as
the table: nothing is cut off, and no column becomes one letter wide. Widths are estimates from the
number of characters, since a layout of each table alone would take as long as the PDF.
"""

import unicodedata
from collections.abc import Iterator
from math import ceil
from xml.etree.ElementTree import Element

_SCREEN_ONLY = frozenset({"style", "script", "link", "base", "meta"})
_NOTEBOOK_CELL = "jp-Cell"
_PORTRAIT, _LANDSCAPE = 180, 267
"""Millimetres between the margins of A4, as in print.css."""
_MARGINS, _HEIGHT = 30, 210
_LETTER, _BOLD = 1.8, 1.95
"""Millimetres of a letter in a table, 8 pt, and of one in a head."""
_SMALL = 0.75
"""Size of small letters, 6 pt."""
_CELL = 3.1
"""Millimetres of a cell's padding and border."""
_STEP = 30
"""Millimetres between widths, so that tables of nearly one width share their pages."""
_WIDEST = 5_000
"""Millimetres: what readers of PDF open (14,400 points)."""
_WRAPPED = 40
"""Letters after which a cell's text is wrapped, words included."""


def for_paper(page: Element) -> tuple[str, int]:
    """Change the page, and return the style sheet of the pages that its tables need.

    The second result is the number of tables that are too wide even for the widest page.
    """
    for parent in page.iter():
        for child in [each for each in parent if each.tag in _SCREEN_ONLY]:
            parent.remove(child)
    rules: dict[str, str] = {}
    cut = 0
    for table, around in _outermost_tables(page):
        width = _fitted(table)
        cut += width > _WIDEST
        if width:
            width = min(width, _WIDEST)
            name = f"wide-{width}"
            size = f"{width + _MARGINS}mm {_HEIGHT}mm"
            rules[name] = f"@page {name} {{ size: {size} }} .{name} {{ page: {name} }}"
            _add_class(around, name)
    return "\n".join(rules.values()), cut


def _outermost_tables(page: Element) -> Iterator[tuple[Element, Element]]:
    """Yield each table that is in no other, with the notebook's cell around it, or else itself."""
    waiting: list[tuple[Element, Element | None]] = [(page, None)]
    while waiting:
        found, around = waiting.pop()
        if _NOTEBOOK_CELL in found.get("class", "").split():
            around = found
        if found.tag == "table":
            yield found, found if around is None else around
        else:
            waiting.extend((child, around) for child in found)


def _fitted(table: Element) -> int:
    """Choose small letters if they help, and return the width of a page of its own, or 0."""
    letters, columns = _widths(table)
    usual = letters + columns * _CELL
    small = letters * _SMALL + columns * _CELL
    if usual <= _PORTRAIT:
        return 0
    if small <= _PORTRAIT or usual > _LANDSCAPE:
        _add_class(table, "small")
    if small <= _PORTRAIT:
        return 0
    width = usual if usual <= _LANDSCAPE else small
    return _LANDSCAPE if width <= _LANDSCAPE else ceil(width / _STEP) * _STEP


def _widths(table: Element) -> tuple[float, int]:
    """Return the width of all columns' letters, in millimetres, and the number of columns."""
    widths: dict[int, float] = {}
    for row in table.iter("tr"):
        place = 0
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            text = " ".join("".join(cell.itertext()).split())
            if any(_letters(word) > _WRAPPED for word in text.split()):
                _add_class(cell, "long")
            span = _span(cell)
            letters = min(_letters(text), _WRAPPED * span)
            share = letters * (_BOLD if cell.tag == "th" else _LETTER) / span
            for column in range(place, place + span):
                widths[column] = max(widths.get(column, 0.0), share)
            place += span
    return sum(widths.values()), len(widths)


def _span(cell: Element) -> int:
    text = cell.get("colspan", "1")
    return max(1, min(int(text), 1_000)) if text.isascii() and text.isdecimal() else 1


def _letters(text: str) -> float:
    return sum(2.0 if unicodedata.east_asian_width(each) in "WF" else 1.0 for each in text)


def _add_class(element: Element, name: str) -> None:
    element.set("class", f"{element.get('class', '')} {name}".strip())

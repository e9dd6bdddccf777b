"""Formulas of a page, drawn as SVG where a browser would run MathJax. Pure.

A formula is what MathJax finds on the same page: text between `$`, `$$`, `\\(` and `\\)`, or `\\[`
and `\\]`, and a LaTeX environment. Code keeps its dollar signs, and so do prices ("$5 and $6").
"""

import base64
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ziamath.zmath import Latex

_FORMULA = re.compile(
    r"""\$\$(?P<display>.+?)\$\$
    | \\\[(?P<brackets>.+?)\\\]
    | (?P<environment>\\begin\{(?P<name>[a-zA-Z]+\*?)\}.+?\\end\{(?P=name)\})
    | \\\((?P<parentheses>.+?)\\\)
    | (?<!\\)\$(?!\d[^$]*\s\$)(?P<inline>(?:\\.|[^$\\])+?)\$""",
    re.DOTALL | re.VERBOSE,
)
_CODE = frozenset({"pre", "code", "script", "style", "textarea", "svg", "title"})
_UNKNOWN = re.compile(r"[^\x00-\u2fff\U0001d400-\U0001d7ff]")
"""Letters that the font of the formulas lacks: Korean, Chinese, emoji."""
_NUMBERING = re.compile(r"\\(?:label|tag\*?)\{[^{}]*\}|\\(?:nonumber|notag)\b")
_EM = 16.0
_LONGEST = 5_000
"""Characters of one formula."""


def draw_formulas(page: Element) -> int:
    """Replace each formula by a picture, and return the number of those that stay as typed."""
    left = 0
    for element in list(_outside_code(page)):
        left += _draw_in(element)
    return left


def _outside_code(element: Element) -> Iterator[Element]:
    waiting = [element]  # a recursion would end at a deeply nested page
    while waiting:
        found = waiting.pop()
        if isinstance(found.tag, str) and found.tag not in _CODE:
            yield found
            waiting.extend(found)


def _draw_in(element: Element) -> int:
    """Draw the formulas in the element's own text, and in what follows each of its children."""
    left, children = 0, list(element)
    for child in [None, *children]:
        text = element.text if child is None else child.tail
        if not text or ("$" not in text and "\\" not in text):
            continue
        pieces, undrawn = _pieces(text)
        left += undrawn
        first = pieces[0]
        if child is None:
            element.text = str(first)
        else:
            child.tail = str(first)
        place = 0 if child is None else list(element).index(child) + 1
        for picture in (each for each in pieces[1:] if isinstance(each, Element)):
            element.insert(place, picture)
            place += 1
    return left


def _pieces(text: str) -> tuple[list[str | Element], int]:
    """Return the text before the first formula, then each formula with the text after it."""
    pieces: list[str | Element] = [""]
    end = left = 0

    def add(words: str) -> None:
        last = pieces[-1]
        if isinstance(last, Element):
            last.tail = (last.tail or "") + words
        else:
            pieces[-1] = last + words

    for match in _FORMULA.finditer(text):
        add(text[end : match.start()].replace("\\$", "$"))
        end = match.end()
        inline = match["inline"] or match["parentheses"]
        source = inline or match["display"] or match["brackets"] or match["environment"]
        picture = _picture(source, is_inline=inline is not None)
        if picture is None:
            add(match[0])
            left += 1
        else:
            pieces.append(picture)
    add(text[end:].replace("\\$", "$"))
    return pieces, left


def _picture(source: str, *, is_inline: bool) -> Element | None:
    """Return an `img` on the line of the text; None for what can't be drawn."""
    if len(source) > _LONGEST or _UNKNOWN.search(source):
        return None
    try:
        drawn = Latex(_NUMBERING.sub("", source), size=_EM, inline=is_inline)
        picture = drawn.svg()
        (width, height), below = drawn.getsize(), drawn.getyofst()
    except Exception:  # the library raises anything for what LaTeX does not have
        return None
    if not width or not height:
        return None
    encoded = base64.b64encode(picture.encode()).decode()
    style = f"width: {width / _EM:.3f}em; height: {height / _EM:.3f}em; "
    style += f"vertical-align: {below / _EM:.3f}em"
    attributes = {"src": f"data:image/svg+xml;base64,{encoded}", "alt": source, "style": style}
    return Element("img", {**attributes, "class": "formula" if is_inline else "formula display"})

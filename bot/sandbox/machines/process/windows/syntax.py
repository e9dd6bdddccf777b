"""The syntax of PowerShell, by its tree-sitter grammar."""

from __future__ import annotations

from collections.abc import Iterator

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from bot.sandbox.machines.process.windows.values import PowerShellError

_LANGUAGE = Language(tree_sitter_powershell.language())


def parse(script: str) -> Node:
    """Return the root of the script's tree. Raise PowerShellError with the wrong line."""
    root = Parser(_LANGUAGE).parse(script.encode()).root_node
    for node in _all(root) if root.has_error else ():
        if node.is_error or node.is_missing:
            raise PowerShellError(f"syntax error in line {node.start_point[0] + 1}: {source(node)}")
    return root


def source(node: Node) -> str:
    """Return the node's text."""
    return (node.text or b"").decode()


def child(node: Node, *kinds: str) -> Node | None:
    """Return the first child of one of these kinds."""
    return next((each for each in node.children if each.type in kinds), None)


def required(node: Node, *kinds: str) -> Node:
    """Return the first child of one of these kinds, which the grammar requires."""
    found = child(node, *kinds)
    if found is None:
        raise unknown(node)
    return found


def unknown(node: Node) -> PowerShellError:
    """Return the error for a construct that this stand-in does not run."""
    where = f"line {node.start_point[0] + 1}"
    return PowerShellError(f"this stand-in does not run {node.type} ({where}): {source(node)}")


def named(node: Node) -> list[Node]:
    """Return the children that are not punctuation or comments."""
    return [each for each in node.children if each.is_named and each.type != "comment"]


def _all(node: Node) -> Iterator[Node]:
    yield node
    for each in node.children:
        yield from _all(each)

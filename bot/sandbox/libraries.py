"""The libraries that only the sandbox needs: those of the extra `demo`.

This module imports nothing of the sandbox, so that it loads where they are missing.
"""

from collections.abc import Callable
from importlib.util import find_spec

LIBRARIES = ("psutil", "tree_sitter", "tree_sitter_powershell")


class DemoError(Exception):
    """The demo can't start; the message says why and what to do."""


def require_libraries(is_installed: Callable[[str], object] = find_spec) -> None:
    """Raise DemoError if a library of the extra `demo` is missing."""
    if not all(is_installed(name) for name in LIBRARIES):
        raise DemoError("The demo needs: pip install notebook-bot[demo]")

"""The libraries of the extra `demo`."""

import ast
import sys
from pathlib import Path

import pytest

import bot.sandbox
from bot.sandbox.libraries import LIBRARIES, DemoError, require_libraries

SANDBOX = Path(bot.sandbox.__file__).parent
PROJECT = SANDBOX.parent.parent


def test_without_a_library_the_demo_says_what_to_install():
    with pytest.raises(DemoError) as error:
        require_libraries(lambda name: name != "psutil")
    assert str(error.value) == "The demo needs: pip install notebook-bot[demo]"


def test_with_all_libraries_the_demo_may_start():
    require_libraries()


def test_they_are_exactly_what_only_the_sandbox_imports():
    product = imported(each for each in project_files() if not each.is_relative_to(SANDBOX))
    assert imported(SANDBOX.rglob("*.py")) - product == set(LIBRARIES)


def project_files():
    """Return the files of the product, without the program on the machine and its own lock."""
    for folder in ("bot", "handlers", "provisioning"):
        for file in (PROJECT / folder).rglob("*.py"):
            if not file.is_relative_to(PROJECT / "provisioning" / "machine"):
                yield file


def imported(files):
    """Return the top-level names of the third-party modules that the files import."""
    found = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names - {"bot", "handlers", "provisioning", "migrations"}

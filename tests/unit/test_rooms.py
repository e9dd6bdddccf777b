"""The house keeps its order: small rooms, short functions, no circles, one meaning for a name."""

import ast
import collections
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOPS = ("bot", "handlers", "provisioning", "migrations")
APART = ("bot/sandbox/", "provisioning/machine/")
"""Programs of their own: not read for the rooms' sizes and names."""
MOST_MODULES, MOST_LINES, LONGEST_FUNCTION, MOST_SKIPS = 12, 300, 40, 9
ALLOWED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["rooms"]
"""Exceptions by kind, each with its reason."""


def sources(*apart: str) -> dict[str, str]:
    """The path of each module below the root, with its text."""
    return {
        path: file.read_text(encoding="utf-8")
        for top in TOPS
        for file in sorted((ROOT / top).rglob("*.py"))
        if not (path := file.relative_to(ROOT).as_posix()).startswith(apart)
    }


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def functions(tree: ast.AST):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def test_no_folder_holds_more_modules_than_a_person_can_survey():
    rooms = collections.Counter(
        str(Path(path).parent) for path in sources(*APART) if not path.endswith("__init__.py")
    )
    crowded = {room: count for room, count in rooms.items() if count > MOST_MODULES}
    assert crowded.keys() == ALLOWED["crowded"].keys(), crowded


def test_no_file_is_longer_than_a_person_reads_at_once():
    long = {p: n for p, text in sources().items() if (n := text.count("\n")) > MOST_LINES}
    assert long.keys() == ALLOWED["long-files"].keys(), long


def test_no_function_is_longer_than_a_screen():
    long = {
        f"{path}:{node.name}": length
        for path, text in sources().items()
        for node in functions(ast.parse(text))
        if (length := node.end_lineno - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long.keys() == ALLOWED["long-functions"].keys(), long


def test_each_exception_has_its_reason():
    assert all(reason.strip() for kind in ALLOWED.values() for reason in kind.values())


def test_the_formatter_is_rarely_overruled():
    skips = [path for path, text in sources().items() for _ in re.findall(r"# fmt: skip", text)]
    assert len(skips) <= MOST_SKIPS, skips


def imports(path: str, text: str, modules: set[str]) -> set[str]:
    """The modules of ours that this one imports, wherever in it."""
    package = path.rpartition("/")[0].split("/")
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            parent = ".".join([*base, *filter(None, [node.module])])
            found |= {parent, *(f"{parent}.{alias.name}" for alias in node.names)}
    return (found & modules) - {module_of(path)}


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Tarjan's strongly connected components of more than one module."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(arrows[node]):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            ring = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(ring) > 1:
                found.append(ring)

    for each in arrows:
        if each not in index:
            visit(each)
    return found


def test_no_imports_go_in_a_circle():
    texts = sources()
    modules = {module_of(path) for path in texts}
    arrows = {module_of(path): imports(path, text, modules) for path, text in texts.items()}
    assert circles(arrows) == []


def test_a_circle_would_be_seen():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def public_names(text: str) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {each.id for each in node.targets if isinstance(each, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {name for name in names if not name.startswith("_")}


def test_a_public_name_has_one_meaning():
    places = collections.defaultdict(list)
    for path, text in sources(*APART, "migrations/versions/").items():
        for name in public_names(text):
            places[name].append(path)
    twice = {name: paths for name, paths in places.items() if len(paths) > 1}
    assert twice.keys() == ALLOWED["names-of-one-meaning"].keys(), twice


@pytest.mark.parametrize("place", ["provisioning/shed", "handlers/shed", "bot/shed"])
def test_a_new_package_needs_a_place_in_the_contracts(tmp_path, place):
    for top in TOPS:
        leave = shutil.ignore_patterns("__pycache__", "page", "*.po")
        shutil.copytree(ROOT / top, tmp_path / top, ignore=leave)
    shutil.copy(ROOT / ".importlinter", tmp_path)
    (tmp_path / place).mkdir()
    (tmp_path / place / "__init__.py").write_text('"""A package that nobody planned."""\n')
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert place.replace("/", ".") in done.stdout

"""The documents say what the code does."""

import re
import tomllib
from pathlib import Path

import pytest

from bot.devtools.reference import PAGES
from handlers.commands.registry import SUBCOMMANDS

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_pages_are_drawn_from_the_code(name):
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run `make docs`"


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8")
    reasons = set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE))
    extras = sum(project["project"]["optional-dependencies"].values(), [])
    wanted = project["project"]["dependencies"] + extras + project["dependency-groups"]["dev"]
    assert reasons == {re.match(r"[\w-]+", each)[0] for each in wanted}


def test_the_readme_names_its_two_commands_and_every_subcommand():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme
    for each in SUBCOMMANDS:
        assert f"/notebook {each.name}" in readme


def test_no_document_leads_nowhere():
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"

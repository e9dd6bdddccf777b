"""The documents match the code."""

import re
import tomllib
from pathlib import Path

import pytest
import typer

from bot.cli.main import cli
from bot.devtools.reference import PAGES
from handlers.listeners.table import COMMANDS

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_pages_are_drawn_from_the_code(name):
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run `make docs`"


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8")
    reasons = set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE))
    extras = project["project"].get("optional-dependencies", {}).values()
    wanted = [
        *project["project"]["dependencies"],
        *(each for extra in extras for each in extra),
        *project["dependency-groups"]["dev"],
    ]
    assert reasons == {re.match(r"[\w-]+", each)[0] for each in wanted}


def test_the_readme_names_its_two_commands_and_links_to_the_subcommands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme
    assert "](docs/commands.md)" in readme


def test_the_readme_names_only_existing_commands_and_settings():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`/notebook ([a-z]+)", readme))
    assert len(named) >= 10
    assert named <= {each.name for each in COMMANDS}
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for each in re.findall(r"NOTEBOOK_BOT_[A-Z_]+", readme):
        assert f"`{each}`" in settings


PAGES_BY_HAND = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_no_document_has_a_dead_link():
    for page in PAGES_BY_HAND:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_path_in_a_document_exists():
    """Patterns (`provisioning/platforms/*.toml`) match at least one file."""
    for page in PAGES_BY_HAND:
        for path in re.findall(
            r"`((?:bot|handlers|provisioning|migrations|tests|docs)/[\w./*-]+)`",
            page.read_text(encoding="utf-8"),
        ):
            assert any(ROOT.glob(path.rstrip("/"))), f"{page.name}: {path}"


def test_every_module_in_the_architecture_exists():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = re.findall(r"`((?:bot|handlers|provisioning)(?:\.\w+)+)`", page)
    assert modules
    for module in modules:
        path = ROOT / module.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), module


def test_every_decision_is_in_the_index():
    decisions = ROOT / "docs" / "decisions"
    index = (decisions / "README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", index))
    assert listed == {each.name for each in decisions.glob("*.md")} - {"README.md"}


HOW_TO = [*(ROOT / "docs").glob("*/*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]


def test_the_pages_name_only_settings_that_exist():
    known = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for page in HOW_TO:
        for name in re.findall(r"NOTEBOOK_BOT_[A-Z_]*[A-Z]", page.read_text(encoding="utf-8")):
            assert f"`{name}" in known or name in known, f"{page.name}: {name}"


def test_the_pages_name_only_commands_of_the_program_that_exist():
    program = typer.main.get_command(cli)
    for page in HOW_TO:
        text = page.read_text(encoding="utf-8")
        for words in re.findall(r"(?:`|bin/)notebook-bot ((?:[^`\n])+)", text):
            command = re.sub(r"--env-file \S+ ", "", words).split()[0]
            assert command.startswith("--") or command in program.commands, f"{page.name}: {words}"

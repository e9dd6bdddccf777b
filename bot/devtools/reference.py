"""Draw docs/settings.md and docs/commands.md from the code (`make docs`); a test compares them."""

import ast
import inspect
import itertools
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from bot.config import settings
from handlers.commands.registry import COMMAND
from handlers.listeners.table import COMMANDS

_FOLDER = Path(__file__).resolve().parents[2] / "docs"


def settings_page() -> str:
    """Every setting with its variable, default and meaning."""
    lines = [
        "# Settings",
        "",
        "Read from the environment, and from a file `.env` in the working directory. Lists are "
        "words with commas or spaces between them; durations are ISO 8601 (`PT24H`).",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    lines += _rows(settings.Settings, "NOTEBOOK_BOT_")
    return "\n".join(lines) + "\n"


def _rows(model: type[BaseModel], prefix: str) -> list[str]:
    docs, rows = _docstrings(model), []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            rows += _rows(kind, f"{prefix}{name.upper()}__")
            continue
        default = _shown(field.get_default(call_default_factory=True))
        rows.append(f"| `{prefix}{name.upper()}` | {default} | {docs[name]} |")
    return rows


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The text under each field; a field without one raises KeyError above."""
    tree = ast.parse(inspect.getsource(model)).body[0]
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    found = {}
    for field, text in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            value = text.value if isinstance(text, ast.Expr) else None
            if isinstance(value, ast.Constant):
                found[field.target.id] = " ".join(str(value.value).split())
    return found


def _shown(default: Any) -> str:
    if isinstance(default, SecretStr) or default in ("", (), None):
        return "-"
    return f"`{default}`"


def commands_page() -> str:
    """Return every command with its usage."""
    lines = ["# Commands", ""]
    for each in COMMANDS:
        lines += [f"## {each.name}", "", f"`{COMMAND} {each.name} {each.usage}".rstrip() + "`", ""]
        lines += [each.summary, ""]
        if each.example:
            lines += [f"For example: `{COMMAND} {each.example}`", ""]
        if each.aliases:
            lines += [f"Also: {', '.join(f'`{alias}`' for alias in each.aliases)}", ""]
    return "\n".join(lines)


PAGES = {"settings.md": settings_page, "commands.md": commands_page}


def main() -> None:
    """Write them."""
    for name, page in PAGES.items():
        (_FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()

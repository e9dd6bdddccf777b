"""Draw docs/settings.md and docs/commands.md from the code (`make docs`); a test compares them."""

import ast
import inspect
import itertools
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.config.durations import as_written
from bot.config.names import fields_of, is_section
from bot.config.settings import Settings
from handlers.commands.registry import COMMAND
from handlers.listeners.table import COMMANDS

_FOLDER = Path(__file__).resolve().parents[2] / "docs"


def settings_page() -> str:
    """Return every setting with its variable, default and meaning."""
    lines = [
        "# Settings",
        "",
        "Read from the environment; from files that are called like the variables, in systemd's "
        "`$CREDENTIALS_DIRECTORY` or in `/run/secrets`; from a file `.env` in the working "
        "directory or that of `--env-file`; and from `notebook-bot.toml` there or "
        "`/etc/notebook-bot.toml`, whose tables are the sections (`[slack]`, `[idle]`). The "
        "first place that has a setting decides. `notebook-bot settings` prints what is in "
        "force and where it is set. An unknown name is refused.",
        "",
        "Lists are words with commas or spaces between them; durations are written `90s`, `30m`, "
        "`4h`, `1h30m` or `7d`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    lines += _rows(Settings.model_construct(), "NOTEBOOK_BOT_")
    return "\n".join(lines) + "\n"


def _rows(section: Any, prefix: str) -> list[str]:
    docs, rows = _docstrings(type(section)), []
    for name, kind in fields_of(type(section)).items():
        default = getattr(section, name)
        variable = f"{prefix}{name.upper()}"
        if is_section(kind):
            rows += _rows(default, f"{variable}__")
        else:
            rows.append(f"| `{variable}` | {_shown(default)} | {docs[name]} |")
    return rows


def _docstrings(section: type) -> dict[str, str]:
    """Return the docstring of each field by its name, inherited fields included."""
    found: dict[str, str] = {}
    for each in reversed(section.__mro__):
        if each.__module__.startswith(("bot.", "provisioning.")):
            found |= _own_docstrings(each)
    return found


def _own_docstrings(section: type) -> dict[str, str]:
    tree = ast.parse(inspect.getsource(section)).body[0]
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    found = {}
    for field, text in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            value = text.value if isinstance(text, ast.Expr) else None
            if isinstance(value, ast.Constant):
                found[field.target.id] = " ".join(str(value.value).split())
    return found


def _shown(default: Any) -> str:
    if isinstance(default, SecretStr) or str(default) in ("", "()", "None"):
        return "-"
    return f"`{as_written(default) if isinstance(default, timedelta) else default}`"


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
    """Write the pages."""
    for name, page in PAGES.items():
        (_FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()

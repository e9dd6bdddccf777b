"""Bring the texts of the code into the catalogues of translations (`make texts`).

A test compares the catalogues with the code.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from provisioning.core.language import LANGUAGES, LOCALES

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("bot", "handlers", "provisioning")
# The sandbox is not part of the product, and the machine program has no catalogue.
_EXCLUDED = ("bot/sandbox/", "provisioning/machine/")
_FUNCTIONS = {"_": 1, "N_": 1, "ngettext": 2}
"""Number of texts that each function takes as its first arguments."""


def texts_in_code() -> Catalog:
    """Return every text of `_`, `N_` and `ngettext`, with the files that use it.

    The syntax tree is read, since Babel's own extractor reads tokens and misses a call inside the
    arguments of another call.
    """
    catalogue = Catalog(charset="utf-8")
    for package in _PACKAGES:
        for file in sorted((_ROOT / package).rglob("*.py")):
            path = file.relative_to(_ROOT).as_posix()
            if not path.startswith(_EXCLUDED):
                for text in _texts(file.read_text(encoding="utf-8")):
                    catalogue.add(text, None, [(path, 0)])
    return catalogue


def _texts(source: str) -> Iterator[str | tuple[str, ...]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            arguments = node.args[: _FUNCTIONS.get(node.func.id, 0)]
            texts = tuple(map(_constant, arguments))
            if texts:
                yield texts if len(texts) > 1 else texts[0]


def _constant(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError(f"line {node.lineno}: a text must be one literal string")


def catalogue_path(language: str) -> Path:
    """Return the path of a language's catalogue."""
    return LOCALES / language / "LC_MESSAGES" / "messages.po"


def read_catalogue(language: str) -> Catalog:
    """Read a language's catalogue from disk."""
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language)


def translated_languages() -> list[str]:
    """Return the languages with a catalogue: all but English, the language of the code."""
    return [each for each in LANGUAGES if each != "en"]


def main() -> None:
    """Add new texts to each catalogue, and remove texts that the code no longer has."""
    texts = texts_in_code()
    for language in translated_languages():
        catalogue = read_catalogue(language)
        texts.creation_date = catalogue.creation_date
        # No guessed (fuzzy) translations: a person would have to find and check each of them.
        catalogue.update(texts, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with catalogue_path(language).open("wb") as file:
            write_po(file, catalogue, width=100, include_lineno=False, sort_by_file=True)
        missing = [m for m in catalogue if m.id and (not m.string or not all(m.string))]
        print(f"{language}: {len(catalogue)} texts, {len(missing)} without a translation")


if __name__ == "__main__":
    main()

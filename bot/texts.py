"""The texts in the code, and the catalogues of their translations: `python -m bot.texts` brings
new ones into each catalogue, and a test compares."""

from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from provisioning.language import LANGUAGES, LOCALES

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("bot", "handlers", "provisioning")
# The sandbox is no part of the product, and the machine program runs alone on its machine.
_NOT_THESE = ("bot/sandbox/", "provisioning/machine/")
_FUNCTIONS = {"_": None, "N_": None, "ngettext": (1, 2)}


def texts_in_code() -> Catalog:
    """Every text of `_`, `N_` and `ngettext`, with the files that it is in."""
    catalogue = Catalog(charset="utf-8")
    for package in _PACKAGES:
        found = extract_from_dir(
            _ROOT / package, method_map=[("**.py", "python")], keywords=_FUNCTIONS,
            comment_tags=("Translators:",), strip_comment_tags=True,
        )  # fmt: skip
        for name, _line, text, comments, context in found:
            path = f"{package}/{name}".replace("\\", "/")
            if not path.startswith(_NOT_THESE):
                catalogue.add(text, None, [(path, 0)], auto_comments=comments, context=context)
    return catalogue


def catalogue_path(language: str) -> Path:
    """Where a language's catalogue is."""
    return LOCALES / language / "LC_MESSAGES" / "messages.po"


def read_catalogue(language: str) -> Catalog:
    """As it is on the disk."""
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language)


def translated_languages() -> list[str]:
    """Those that have a catalogue: all but the one that the code is written in."""
    return [each for each in LANGUAGES if each != "en"]


def main() -> None:
    """Bring each catalogue to what is in the code; what is no longer there is dropped."""
    texts = texts_in_code()
    for language in translated_languages():
        catalogue = read_catalogue(language)
        texts.creation_date = catalogue.creation_date
        # Guessed translations would have to be found again by a person: rather none.
        catalogue.update(texts, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with catalogue_path(language).open("wb") as file:
            write_po(file, catalogue, width=100, include_lineno=False, sort_by_file=True)
        missing = [m for m in catalogue if m.id and (not m.string or not all(m.string))]
        print(f"{language}: {len(catalogue)} texts, {len(missing)} without a translation")


if __name__ == "__main__":
    main()

"""The reader's language, and texts in that language (docs/decisions/languages.md).

Each edge sets the current language once (`speaking`): the language of the member who typed or
clicked, or of the recipient of a message. `_` and `ngettext` translate at once. `N_` makes a
`Text`, which is stored and translated when it is shown (`said`). The catalogues are
`locales/<language>/LC_MESSAGES/messages.po`.
"""

import gettext
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from pydantic import AfterValidator, PlainSerializer

LANGUAGES = {"en": "English", "ko": "한국어"}
"""The languages of the bot, by their own names."""
LOCALES = Path(__file__).parents[1] / "locales"
_STORED = '{"text": '

_current: ContextVar[Locale] = ContextVar("locale", default=Locale("en"))  # noqa: B039 - frozen


@cache
def locale_of(tag: str) -> Locale:
    """Return the locale of Slack's tag ("ko-KR"); English for a language without a catalogue."""
    try:
        locale = Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")
    return locale if locale.language in LANGUAGES else Locale("en")


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Translate into the language of a tag while the block runs; "" is English."""
    token = _current.set(locale_of(tag))
    try:
        yield
    finally:
        _current.reset(token)


def current_locale() -> Locale:
    """Return the current locale, for formats of numbers and money."""
    return _current.get()


def load_texts() -> None:
    """Read all catalogues now. Otherwise the first answer in a language waits 0.1 s for it."""
    for language in LANGUAGES:
        _catalogue(language)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    path = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    # Compiled in memory, so that the repository has no binary file and needs no build.
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _(text: str, **values: object) -> str:
    """Return the text in the current language, with each `{name}` replaced by its value."""
    return _filled(_catalogue(_current.get().language).gettext(text), values)


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """Return the text for `n` things in the current language; `{n}` is the number."""
    text = _catalogue(_current.get().language).ngettext(one, many, n)
    return _filled(text, {"n": number(n), **values})


def number(value: float, pattern: str | None = None) -> str:
    """Return a number as the current language writes it; `pattern` is CLDR's ("#,##0.0")."""
    return str(format_decimal(value, pattern, locale=_current.get()))


class Text(str):
    """A text that is translated when it is shown.

    As a string it is English, for logs, the audit trail and comparisons. `values` replace its
    `{names}`, and may be texts too.
    """

    msgid: str
    values: Mapping[str, Any]

    def __new__(cls, msgid: str, values: Mapping[str, Any] | None = None) -> "Text":
        self = super().__new__(cls, msgid.format_map(values) if values else msgid)
        self.msgid, self.values = msgid, values or {}
        return self


def N_(text: str, **values: object) -> Text:  # noqa: N802 - gettext's own name for it
    """Make a text that is translated later: in a table, a workflow's error, a row."""
    return Text(text, values)


def said(text: str, **values: object) -> str:
    """Return a `Text` in the current language, with more values; any other string unchanged."""
    if not isinstance(text, Text) or not text.msgid:
        return text
    translated = _catalogue(_current.get().language).gettext(text.msgid)
    return _filled(translated, {**text.values, **values})


def _filled(text: str, values: Mapping[str, object]) -> str:
    if not values:
        return text
    return text.format_map(
        {name: said(value) if isinstance(value, str) else value for name, value in values.items()}
    )


def stored(text: str) -> str:
    """Return the form that the database keeps: JSON for a `Text`, any other string unchanged."""
    if isinstance(text, Text):
        return json.dumps(_plain(text), ensure_ascii=False)
    return stored(Text("{text}", {"text": text})) if text.startswith(_STORED) else text


def restored(text: str) -> str:
    """Return the text from its stored form; a plain string of an older version stays a string."""
    return _text(json.loads(text)) if text.startswith(_STORED) else text


StoredText = Annotated[str, PlainSerializer(stored), AfterValidator(restored)]
"""A string that pydantic writes by `stored` and reads by `restored`."""


def _plain(text: Text) -> dict[str, Any]:
    values = {
        name: _plain(value) if isinstance(value, Text) else value
        for name, value in text.values.items()
    }
    return {"text": text.msgid, "values": values}


def _text(plain: Mapping[str, Any]) -> Text:
    values = {
        name: _text(value) if isinstance(value, dict) else value
        for name, value in plain["values"].items()
    }
    return Text(plain["text"], values)

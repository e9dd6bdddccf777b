"""The language in which somebody is spoken to, and the texts in it (docs/decisions/languages.md).

The current language is set once at each edge (`speaking`): by who typed or clicked, or by who
a message goes to. `_` and `ngettext` translate at once. `N_` makes a `Text`, which is kept and
translated where it is shown (`said`). Catalogues are `locales/<language>/LC_MESSAGES/messages.po`.
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
"""Those that there are, as their speakers call them."""
LOCALES = Path(__file__).parents[1] / "locales"
_STORED = '{"text": '

_current: ContextVar[Locale] = ContextVar("locale", default=Locale("en"))  # noqa: B039 - frozen


@cache
def locale_of(tag: str) -> Locale:
    """Of a language tag as Slack gives it ("ko-KR"); English if we don't speak that language."""
    try:
        locale = Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")
    return locale if locale.language in LANGUAGES else Locale("en")


@contextmanager
def speaking(tag: str) -> Iterator[None]:
    """Inside, texts are in that language: a language tag, "" is English."""
    token = _current.set(locale_of(tag))
    try:
        yield
    finally:
        _current.reset(token)


def current_locale() -> Locale:
    """For formats of numbers and money."""
    return _current.get()


def load_texts() -> None:
    """Read all catalogues now, so that nobody's first answer waits a tenth of a second for it."""
    for language in LANGUAGES:
        _catalogue(language)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    path = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    # Compiled in memory: no binary file in the repository, and nothing to build.
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _(text: str, **values: object) -> str:
    """The text in the current language, with `{name}` replaced by the value of that name."""
    return _filled(_catalogue(_current.get().language).gettext(text), values)


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """The text for `n` things; `{n}` is that number."""
    text = _catalogue(_current.get().language).ngettext(one, many, n)
    return _filled(text, {"n": number(n), **values})


def number(value: float, pattern: str | None = None) -> str:
    """As the language writes it; `pattern` as CLDR has them ("#,##0.0")."""
    return str(format_decimal(value, pattern, locale=_current.get()))


class Text(str):
    """A text of ours that is translated where it is shown. As a string it is its English, for
    logs, the audit trail and comparisons; `values` fill its `{names}` and may be texts too."""

    msgid: str
    values: Mapping[str, Any]

    def __new__(cls, msgid: str, values: Mapping[str, Any] | None = None) -> "Text":
        self = super().__new__(cls, msgid.format_map(values) if values else msgid)
        self.msgid, self.values = msgid, values or {}
        return self


def N_(text: str, **values: object) -> Text:  # noqa: N802 - gettext's own name for it
    """A text for later: in a table, in an error of a workflow, in a row."""
    return Text(text, values)


def said(text: str, **values: object) -> str:
    """A `Text` in the current language, `values` beside its own; any other string as it is."""
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
    """What a row or the engine's history keeps of it: JSON of a `Text`, else the string."""
    if isinstance(text, Text):
        return json.dumps(_plain(text), ensure_ascii=False)
    return stored(Text("{text}", {"text": text})) if text.startswith(_STORED) else text


def restored(text: str) -> str:
    """From what `stored` made; a plain string, of an older version say, stays one."""
    return _text(json.loads(text)) if text.startswith(_STORED) else text


StoredText = Annotated[str, PlainSerializer(stored), AfterValidator(restored)]
"""A string of a dataclass that pydantic writes and reads, as `stored` and `restored` do."""


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

"""Every text for people is in every catalogue, translated, with the same placeholders."""

import re
import string

import pytest
from babel.messages import Message

from bot.devtools.texts import read_catalogue, texts_in_code, translated_languages
from provisioning.core.language import (
    N_,
    Text,
    _,
    locale_of,
    number,
    restored,
    said,
    speaking,
    stored,
)


def names(text: str) -> set[str]:
    return {name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name}


MARKS_BEFORE_HANGUL = re.compile(r"(?:`[^`\n]+`|(?<!\w)\*[^*\n]+\*)[가-힣]")


def strings(value) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@pytest.fixture(scope="module")
def in_code():
    return {message.id: message for message in texts_in_code() if message.id}


@pytest.mark.parametrize("language", translated_languages())
def test_a_catalogue_has_exactly_the_texts_in_the_code(in_code, language):
    written = {message.id for message in read_catalogue(language) if message.id}
    assert written == set(in_code), "run `make texts` and translate what is new"


@pytest.mark.parametrize("language", translated_languages())
def test_every_text_is_translated_and_none_is_a_guess(language):
    catalogue = read_catalogue(language)
    untranslated = [each.id for each in catalogue if each.id and not all(strings(each.string))]
    guessed = [each.id for each in catalogue if each.id and each.fuzzy]
    assert untranslated == []
    assert guessed == []


@pytest.mark.parametrize("language", translated_languages())
def test_a_translation_has_the_placeholders_of_its_text(language):
    catalogue = read_catalogue(language)

    def wrong(message: Message) -> bool:
        wanted = set().union(*(names(each) for each in strings(message.id)))
        return any(names(each) != wanted for each in strings(message.string))

    assert [each.id for each in catalogue if each.id and wrong(each)] == []


def test_no_korean_particle_follows_a_code_span_or_bold_text():
    """Slack shows the marks as they are where a letter follows; so a blank and a noun follow."""
    translations = [text for each in read_catalogue("ko") for text in strings(each.string)]
    assert [text for text in translations if MARKS_BEFORE_HANGUL.search(text)] == []


def test_a_text_is_translated_into_the_current_language():
    with speaking("ko-KR"):
        assert _("It works once.") == "한 번만 사용할 수 있습니다."
    assert _("It works once.") == "It works once."


@pytest.mark.parametrize("tag", ["", "fr-FR", "en-GB", "nonsense", "zh_TW_x"])
def test_other_languages_fall_back_to_english(tag):
    with speaking(tag):
        assert _("It works once.") == "It works once."


def test_numbers_are_formatted_by_the_language():
    with speaking("en-US"):
        assert number(1234.5) == "1,234.5"
    assert locale_of("ko-KR").territory == "KR"


def test_a_stored_text_keeps_its_values_and_is_english_until_translated():
    inner = N_("It works once.")
    text = N_("I only answer {command}. Try {help}.", command="`/nb`", help=inner)
    assert text == "I only answer `/nb`. Try It works once.."
    back = restored(stored(text))
    assert back == text
    with speaking("ko"):
        assert said(back) == (
            "`/nb` 명령에만 응답합니다. 한 번만 사용할 수 있습니다. 명령을 입력해 보세요."
        )


def test_other_strings_are_stored_unchanged():
    for plain in ("", "plain words", "{braces}", '{"text": "{0.__class__}", "values": {}}'):
        assert restored(stored(plain)) == plain
        assert said(restored(stored(plain))) == plain
    assert isinstance(restored(stored(N_("It works once."))), Text)

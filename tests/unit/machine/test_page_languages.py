"""The sign-in pages in English and Korean: every sentence has both."""

import json
import re
import string
from pathlib import Path

import pytest

from provisioning.machine.notebook_identity import languages, sign_in
from provisioning.machine.notebook_identity.languages import (
    KOREAN,
    choose_language,
    language_of,
    time_in_words,
    translation,
)
from provisioning.machine.notebook_identity.passwords import complaint

FOLDER = Path(languages.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))


def marked():
    """Return all sentences that a template gives to `_`."""
    return {
        found for path in TEMPLATES for found in re.findall(r'_\("([^"]+)"\)', path.read_text())
    }


def without_code(text):
    return re.sub(r"<style.*?</style>|\{[{%].*?[%}]\}|<[^>]+>", " ", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_words_of_a_page_are_left_untranslated(path):
    left = re.findall(r"[A-Za-z]{2,}", without_code(path.read_text()))
    assert set(left) <= {"notebook", "password"}, "only the command's words"


def test_every_sentence_has_its_korean_and_no_korean_is_left_over():
    written = "".join(path.read_text() for path in sorted(FOLDER.glob("*.py")))
    constants = " ".join(re.sub(r'"\s*\n\s*"', "", written).split())
    for sentence in KOREAN:
        assert sentence in marked() or sentence in constants, sentence
    assert marked() <= set(KOREAN)


def test_every_refusal_has_its_korean():
    names = ("WRONG", "USED", "EXPIRED", "HELD", "CLAIM_ENDED", "NOT_THE_ONE_TIME", "BUSY")
    sentences = [getattr(sign_in, name) for name in (*names, "TOO_MANY")]
    pairs = [("a", "a"), ("ab" * 600, "ab" * 600), ("a" * 12, "a" * 12), ("abcdefghijkl", "x")]
    sentences += [complaint(*pair) for pair in pairs]
    for sentence in sentences:
        assert re.search("[가-힣]", translation("ko")(sentence)), sentence


def test_the_placeholders_of_both_languages_are_equal():
    def names(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [each for each, korean in KOREAN.items() if names(each) != names(korean)] == []


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("de-DE,de;q=0.9,ko;q=0.5,en;q=0.3", "ko"),
        ("fr", "en"),
        ("KO", "ko"),
        ("ko;q=x, en;q=0.1", "en"),
        ("*;;q,,=", "en"),
    ],
)
def test_the_language_is_the_one_that_the_browser_prefers(accepted, language):
    assert language_of(accepted) == language


def test_times_are_words_in_both_languages():
    english, korean = translation("en"), translation("ko")
    assert [time_in_words(each, english) for each in (30, 60, 300)] == [
        "30 seconds",
        "a minute",
        "5 minutes",
    ]
    assert [time_in_words(each, korean) for each in (30, 60, 300)] == ["30초", "1분", "5분"]


def test_jupyterlab_speaks_korean_from_the_first_korean_sign_in_on(tmp_path):
    file = tmp_path / "@jupyterlab/translation-extension/plugin.jupyterlab-settings"
    choose_language("", "ko")
    choose_language(str(tmp_path), "en")
    assert not file.exists()
    choose_language(str(tmp_path), "ko")
    assert json.loads(file.read_text()) == {"locale": "ko_KR"}
    file.write_text('{"locale": "default"}')
    choose_language(str(tmp_path), "ko")
    assert json.loads(file.read_text()) == {"locale": "default"}, "a choice of the member's own"

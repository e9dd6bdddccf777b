"""The languages of the sign-in pages: the browser's, English or Korean.

A sentence's English is its key in `korean.json`. A test compares that file with the pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

KOREAN: dict[str, str] = json.loads(
    Path(__file__).with_name("korean.json").read_text(encoding="utf-8")
)

Translate = Callable[[str], str]


def language_of(accepted: str) -> str:
    """Return "ko" or "en": the one that the header Accept-Language prefers."""
    best, language = 0.0, "en"
    for part in accepted.split(","):
        tag, _, quality = part.strip().partition(";")
        name = tag.strip().lower().partition("-")[0]
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if name in ("ko", "en") and weight > best:
            best, language = weight, name
    return language


def translation(language: str) -> Translate:
    """Return the function that translates a sentence; an unknown one stays English."""
    return (lambda text: KOREAN.get(text, text)) if language == "ko" else str


def time_in_words(seconds: int, translate: Translate) -> str:
    """Return "30 seconds", "a minute" or "5 minutes"."""
    if seconds < 60:
        return translate("{seconds} seconds").format(seconds=seconds)
    if seconds == 60:
        return translate("a minute")
    return translate("{minutes} minutes").format(minutes=seconds // 60)


def choose_language(settings: str, language: str) -> None:
    """Have JupyterLab speak Korean, in its own settings, where members can change that.

    `settings` is the folder of JupyterLab's user settings, "" for none. An earlier choice stays.
    Raises OSError.
    """
    file = Path(settings, "@jupyterlab/translation-extension/plugin.jupyterlab-settings")
    if not settings or language != "ko" or file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"locale": "ko_KR"}) + "\n", encoding="utf-8")

"""Mentions of people in a command's text. Pure."""

import re
from dataclasses import dataclass

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.names import shortened

_BY_ID = re.compile(r"<@([UW][A-Z0-9_]+)(?:\|[^>]*)?>")
_BY_NAME = re.compile(r"@?([\w.-]{1,80})")

# How Slack writes mentions, channels and addresses in a command's text.
_MARKUP = re.compile(r"<([@#]|(?=https?:|mailto:))([^<>|]+)(?:\|([^<>]*))?>")


@dataclass(frozen=True)
class Mention:
    """One person, by Slack id or, where Slack gave none, by name."""

    id: str = ""
    name: str = ""


def parse_mention(word: str) -> Mention:
    """Return the person of `<@U_BOB|bob>`, `<@U_BOB>` or `@bob`.

    Raises:
        UserError: if the word has none of these forms.
    """
    by_id = _BY_ID.fullmatch(word)
    if by_id:
        return Mention(id=by_id[1])
    by_name = _BY_NAME.fullmatch(word)
    if by_name:
        return Mention(name=by_name[1].lower())
    raise UserError(
        _(
            "`{word}` does not name a person. Mention the person with an @, such as `@bob`.",
            word=shortened(word),
        )
    )


def without_markup(text: str, *, named: bool = False) -> str:
    """Return a command's text as the member typed it, except that mentions stay `<@U_BOB>`.

    With `named` a mention is `@bob` where Slack has sent the name.
    """

    def plain(match: re.Match[str]) -> str:
        kind, target, label = match.groups()
        if kind == "@":
            return f"@{label}" if named and label else f"<@{target}>"
        if kind == "#":
            return f"#{label or target}"
        return str(label or target)

    return _MARKUP.sub(plain, text)

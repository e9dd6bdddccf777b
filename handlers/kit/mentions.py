"""A person in what somebody typed. Pure."""

import re
from dataclasses import dataclass

from provisioning.core.errors import UserError
from provisioning.core.language import _
from provisioning.core.model.names import shortened

_BY_ID = re.compile(r"<@([UW][A-Z0-9_]+)(?:\|[^>]*)?>")
_BY_NAME = re.compile(r"@?([\w.-]{1,80})")

# What Slack makes of mentions, channels and addresses where the command's text is escaped.
_MARKUP = re.compile(r"<([@#]|(?=https?:|mailto:))([^<>|]+)(?:\|([^<>]*))?>")


@dataclass(frozen=True)
class Mention:
    """One person, by Slack id or, where Slack gave none, by the name that they are known by."""

    id: str = ""
    name: str = ""


def parse_mention(word: str) -> Mention:
    """`<@U_BOB|bob>`, `<@U_BOB>` or `@bob`.

    Raises:
        UserError: if it is none of them.
    """
    by_id = _BY_ID.fullmatch(word)
    if by_id:
        return Mention(id=by_id[1])
    by_name = _BY_NAME.fullmatch(word)
    if by_name:
        return Mention(name=by_name[1].lower())
    raise UserError(
        _(
            "`{word}` names nobody. Mention the person with an @, such as `@bob`.",
            word=shortened(word),
        )
    )


def without_markup(text: str) -> str:
    """A command's text as it was typed; mentions stay, as `<@U_BOB>`."""

    def plain(match: re.Match[str]) -> str:
        kind, target, label = match.groups()
        if kind == "@":
            return f"<@{target}>"
        if kind == "#":
            return f"#{label or target}"
        return str(label or target)

    return _MARKUP.sub(plain, text)

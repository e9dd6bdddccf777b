"""The rules for a server's name, and suggestions for members who give none.

A name is a DNS label: members type it, and it stands beside the URL.
"""

import random
import re

from provisioning.core.errors import UserError
from provisioning.core.language import _, number

MIN_LENGTH = 3
MAX_LENGTH = 30

RESERVED = frozenset({"all", "help", "list", "me", "mine", "new", "none", "notebook", "server"})
"""Words that have another meaning in a command."""

_SHAPE = re.compile(r"[a-z](?:[a-z0-9]|-(?!-))*[a-z0-9]")

_ADJECTIVES = (
    "amber",
    "bold",
    "brave",
    "bright",
    "calm",
    "clever",
    "cosmic",
    "crisp",
    "daring",
    "eager",
    "fair",
    "fast",
    "fresh",
    "gentle",
    "glad",
    "golden",
    "grand",
    "happy",
    "honest",
    "jolly",
    "keen",
    "kind",
    "light",
    "lively",
    "lucid",
    "lucky",
    "mellow",
    "merry",
    "mighty",
    "neat",
    "nimble",
    "noble",
    "polite",
    "proud",
    "quick",
    "quiet",
    "rapid",
    "ready",
    "royal",
    "sharp",
    "shiny",
    "silent",
    "smart",
    "snowy",
    "solid",
    "steady",
    "sunny",
    "swift",
    "tidy",
    "vivid",
    "warm",
    "wise",
    "witty",
    "young",
)
_NOUNS = (
    "acorn",
    "badger",
    "beacon",
    "birch",
    "breeze",
    "brook",
    "canyon",
    "cedar",
    "comet",
    "coral",
    "crane",
    "delta",
    "dolphin",
    "eagle",
    "ember",
    "falcon",
    "fern",
    "finch",
    "fjord",
    "forest",
    "fox",
    "galaxy",
    "garden",
    "glacier",
    "harbor",
    "hazel",
    "heron",
    "island",
    "jasmine",
    "lagoon",
    "lark",
    "lemur",
    "lotus",
    "lynx",
    "maple",
    "meadow",
    "nebula",
    "ocean",
    "orbit",
    "orchid",
    "otter",
    "panda",
    "pebble",
    "pine",
    "planet",
    "puffin",
    "quartz",
    "raven",
    "reef",
    "river",
    "robin",
    "sparrow",
    "summit",
    "tiger",
    "tulip",
    "valley",
    "walrus",
    "willow",
    "zebra",
)


def validate_name(text: str) -> str:
    """Return the name in lower case.

    Raises:
        UserError: if the text breaks a rule; the message says which.
    """
    name = text.strip().lower()
    if not MIN_LENGTH <= len(name) <= MAX_LENGTH:
        raise UserError(
            _(
                "A server's name has {least} to {most} characters, and this one has {length}. Try "
                "another name, or leave it out and I'll find one.",
                least=MIN_LENGTH,
                most=MAX_LENGTH,
                length=number(len(name)),
            )
        )
    if not _SHAPE.fullmatch(name):
        raise UserError(
            _(
                "A server's name starts with a letter and has only the letters a-z, digits and "
                "single hyphens, such as `sales-2026`. Try another name, or leave it out."
            )
        )
    if name in RESERVED:
        raise UserError(
            _("`{name}` is a command word. Choose another name for the server.", name=name)
        )
    return name


def suggest_name(source: random.Random) -> str:
    """Return two friendly words, such as `quiet-otter`; there are about 3,000."""
    return f"{source.choice(_ADJECTIVES)}-{source.choice(_NOUNS)}"


def shortened(text: str, longest: int = 60) -> str:
    """Return typed text short enough to repeat, without the character that ends a code span."""
    plain = " ".join(text.replace("`", "'").split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


_REFERENCE = re.compile(r"([a-z0-9]{12})-(\d+)")


def reference_of(server_id: str, generation: int) -> str:
    """Return the reference of the work for one request on a server.

    Cards show it to people, and each line of that work's log has it.
    """
    return f"{server_id}-{generation}"


def server_in(reference: str) -> tuple[str, int]:
    """Return the server's id and the generation of a reference; ("", 0) for any other text."""
    found = _REFERENCE.fullmatch(reference.strip())
    return (found[1], int(found[2])) if found else ("", 0)

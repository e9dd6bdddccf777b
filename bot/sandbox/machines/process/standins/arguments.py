"""Command lines, read the way the real programs do, as far as they are used."""

from collections.abc import Mapping


def read(
    args: list[str], flags: frozenset[str], values: Mapping[str, str], *, stop: bool = False
) -> tuple[set[str], dict[str, str], list[str]]:
    """Return (flags, values, words) of a command line. Raise ValueError for an unknown option.

    `flags` stand alone; `values` map an option to its long name and take the next word (or the text
    after `=`). With `stop`, everything from the first other word on is left as it is.
    """
    found: set[str] = set()
    given: dict[str, str] = {}
    words: list[str] = []
    rest = list(args)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            return found, given, [*words, *rest]
        if word in flags:
            found.add(word)
        elif name in values and word.startswith("-"):
            if not equals and not rest:
                raise ValueError(f"option '{word}' requires an argument")
            given[values[name]] = value if equals else rest.pop(0)
        elif word.startswith("-") and word != "-":
            raise ValueError(f"this machine's stand-in does not know the option {word}")
        elif stop:
            return found, given, [word, *rest]
        else:
            words.append(word)
    return found, given, words

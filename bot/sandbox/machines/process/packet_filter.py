"""The packet filter of a machine: nft rulesets of one shape, parsed and applied.

A `redirect` is a real TCP forwarder on the machine's own address. Filter rules are kept and listed,
but other processes of this computer can still reach an unredirected port on 127/8: only root could
close it. The parser refuses a file with anything unknown, and applies nothing of it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.machines.process.answer import Answer
from bot.sandbox.machines.process.forwarders import Forwarders

_LAST_PORT = 65535

_RULES = tuple(
    re.compile(pattern)
    for pattern in (
        r"ct state \{?[a-z, ]+\}? (accept|drop)",
        r"ct status dnat accept",
        r'iif(name)? "?lo"? accept',
        r"(tcp|udp) dport (\d+|\{[\d, ]+\}) (accept|drop)",
        r"udp sport \d+ udp dport \d+ accept",
        r"ip protocol icmp accept",
        r"meta l4proto (ipv6-icmp|icmp|\{[a-z0-9, -]+\}) accept",
        r"(ip|ip6) saddr \S+ tcp dport \d+ (accept|drop)",
        r"meta skuid \d+-\d+ ip daddr [\d.]+ ((tcp|udp) dport (!= )?\d+ )?(reject|drop)",
    )
)
# A statement (which may hold a set in braces), or a brace that opens or closes a block.
_TOKEN = re.compile(r"[^{};\n]*\{[\d, a-z-]+\}[^{};\n]*|[^{};\n]+|[{}]")
_REDIRECT = re.compile(r"(?:fib daddr type local )?tcp dport (\d+) redirect to :(\d+)")
_HOOK = re.compile(r"type (nat|filter) hook (prerouting|input|forward|output) priority [\w-]+")
_POLICY = re.compile(r"policy (accept|drop)")


class NftError(Exception):
    """The ruleset can't be read; the message is nft's own."""


@dataclass
class Table:
    """A table. `chains`: name -> its statements in order."""

    chains: dict[str, list[str]] = field(default_factory=dict)

    def redirects(self) -> dict[int, int]:
        """Redirects: port -> port."""
        found = {}
        for statements in self.chains.values():
            for statement in statements:
                match = _REDIRECT.fullmatch(statement)
                if match:
                    found[int(match[1])] = int(match[2])
        return found


Ruleset = dict[str, Table]


def parse(text: str, ruleset: Ruleset) -> Ruleset:
    """Return the ruleset after the file; the given one is not changed. Raise NftError."""
    result = {name: Table(dict(table.chains)) for name, table in ruleset.items()}
    _Reader(list(_tokens(text)), result).read()
    return result


@dataclass(frozen=True)
class _Token:
    text: str
    line: int

    def wrong(self, what: str) -> NftError:
        return NftError(f"Error: line {self.line}: {what}: {self.text}")


def _tokens(text: str) -> Iterator[_Token]:
    words = re.sub(r"#[^\n]*", "", text)
    for match in _TOKEN.finditer(words):
        if statement := match[0].strip():
            yield _Token(statement, words.count("\n", 0, match.start()) + 1)


class _Reader:
    """Parse a file: statements at the top, then tables with chains."""

    def __init__(self, tokens: list[_Token], ruleset: Ruleset) -> None:
        self._tokens = tokens
        self._ruleset = ruleset
        self._at = 0

    def read(self) -> None:
        while self._at < len(self._tokens):
            token = self._take()
            words = token.text.split()
            if token.text == "flush ruleset":
                self._ruleset.clear()
            elif words[:2] == ["table", "inet"] and len(words) == 3:
                table = self._ruleset.setdefault(words[2], Table())
                if self._at < len(self._tokens) and self._tokens[self._at].text == "{":
                    self._take()
                    self._table(table)
            elif words[:3] == ["delete", "table", "inet"] and len(words) == 4:
                if self._ruleset.pop(words[3], None) is None:
                    raise token.wrong("No such file or directory")
            else:
                raise token.wrong("syntax error, or unknown to this machine")

    def _table(self, table: Table) -> None:
        while (token := self._take()).text != "}":
            words = token.text.split()
            if words[:1] != ["chain"] or len(words) != 2 or self._take().text != "{":
                raise token.wrong("syntax error, or unknown to this machine")
            chain = table.chains.setdefault(words[1], [])
            while (rule := self._take()).text != "}":
                _check(rule)
                chain.append(rule.text)

    def _take(self) -> _Token:
        if self._at >= len(self._tokens):
            raise NftError("Error: syntax error, unexpected end of file")
        self._at += 1
        return self._tokens[self._at - 1]


def _check(rule: _Token) -> None:
    known = (_REDIRECT, _HOOK, _POLICY, *_RULES)
    if not any(pattern.fullmatch(rule.text) for pattern in known):
        raise rule.wrong("syntax error, or unknown to this machine")
    ports = re.findall(r"(?:dport|sport|to) (?::|\{)?([\d, ]+)", rule.text)
    if any(int(port) > _LAST_PORT for each in ports for port in re.findall(r"\d+", each)):
        raise rule.wrong("Value exceeds valid range 0-65535")


class Firewall:
    """The loaded rules, and the forwarders that they ask for."""

    def __init__(self, address: str) -> None:
        self._ruleset: Ruleset = {}
        self._forwarders = Forwarders(address)

    async def nft(self, arguments: Sequence[str]) -> Answer:
        """Answer one call of nft."""
        try:
            return await self._nft(list(arguments))
        except (NftError, OSError) as error:
            return Answer(1, "", f"{error}\n")

    async def _nft(self, arguments: list[str]) -> Answer:
        if arguments[:1] == ["-f"] and len(arguments) == 2:
            await self._apply(parse(Path(arguments[1]).read_text(), self._ruleset))
            return Answer()
        if arguments == ["list", "ruleset"]:
            return Answer(0, self._listed())
        if arguments in (["flush", "ruleset"],) or arguments[:2] in (
            ["delete", "table"],
            ["add", "table"],
        ):
            text = " ".join(arguments).removeprefix("add ")
            await self._apply(parse(text, self._ruleset))
            return Answer()
        raise NftError(f"Error: this machine's nft does not know: {' '.join(arguments)}")

    async def close(self) -> None:
        """Close all forwarders."""
        await self._apply({})

    async def _apply(self, ruleset: Ruleset) -> None:
        """Apply a ruleset. Raise OSError, and change nothing, if a port can't be listened on."""
        wanted = {port: to for table in ruleset.values() for port, to in table.redirects().items()}
        await self._forwarders.set(wanted)
        self._ruleset = ruleset

    def _listed(self) -> str:
        lines = []
        for name, table in self._ruleset.items():
            lines.append(f"table inet {name} {{")
            for chain, statements in table.chains.items():
                lines += [f"\tchain {chain} {{", *(f"\t\t{each}" for each in statements), "\t}"]
            lines.append("}")
        return "".join(f"{line}\n" for line in lines)

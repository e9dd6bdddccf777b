"""The firewall of a machine: what an nftables ruleset means for it.

Without root the kernel filters nothing for us. What init itself accepts follows the
rules: SSH, and the ports that a `redirect` leads elsewhere. What the machine's own
services listen on is out of reach: rules about those are kept and listed, not enforced.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

FAMILIES = frozenset({"ip", "ip6", "inet"})


@dataclass(frozen=True)
class Connection:
    """The first packet of a TCP connection from outside. `redirected`: a nat rule has
    changed where it goes."""

    source: str
    port: int
    redirected: bool = False


@dataclass(frozen=True)
class Match:
    """A condition of a rule. `values` are ports, states or addresses as written; a port
    range is `(first, last)`."""

    subject: str
    values: tuple[str | tuple[int, int], ...]
    negated: bool = False

    def holds(self, connection: Connection) -> bool:
        """Whether a new TCP connection meets it; what concerns other traffic doesn't."""
        return self._meets(connection) != self.negated

    def _meets(self, connection: Connection) -> bool:
        if self.subject in {"tcp dport", "th dport"}:
            return any(_in_range(value, connection.port) for value in self.values)
        if self.subject == "ct state":
            return "new" in self.values
        if self.subject == "ct status":
            return connection.redirected and "dnat" in self.values
        if self.subject in {"ip protocol", "meta l4proto"}:
            return "tcp" in self.values
        if self.subject == "ip saddr":
            return any(_in_network(str(value), connection.source) for value in self.values)
        return False


@dataclass(frozen=True)
class Rule:
    """Conditions and what follows. `verdict` is accept, drop, reject, return, `redirect N`,
    `jump CHAIN`, or empty (a counter or log line alone). `text` is its canonical form."""

    matches: tuple[Match, ...]
    verdict: str
    text: str

    def applies(self, connection: Connection) -> bool:
        return all(match.holds(connection) for match in self.matches)


@dataclass
class Chain:
    """`hook` is empty for a chain that is only jumped to."""

    name: str
    kind: str = ""
    hook: str = ""
    priority: int = 0
    priority_text: str = ""
    policy: str = "accept"
    rules: list[Rule] = field(default_factory=list)


@dataclass
class Table:
    """A table and its chains, by name."""

    family: str
    name: str
    chains: dict[str, Chain] = field(default_factory=dict)


@dataclass
class Ruleset:
    """All tables, by family and name."""

    tables: dict[tuple[str, str], Table] = field(default_factory=dict)

    def redirects(self) -> dict[int, int]:
        """Port from outside -> port of the machine, for new TCP connections."""
        found: dict[int, int] = {}
        for table, chain in self._hooked("nat", "prerouting"):
            for rule in self._flat(table, chain):
                if rule.verdict.startswith("redirect "):
                    for port in _tcp_ports(rule):
                        found.setdefault(port, int(rule.verdict.removeprefix("redirect ")))
        return found

    def accepts(self, connection: Connection) -> bool:
        """Whether the input chains let a new connection in. As in the kernel every base
        chain must accept it."""
        return all(
            self._verdict(table, chain, connection) == "accept"
            for table, chain in self._hooked("filter", "input")
        )

    def listing(self) -> str:
        """The ruleset as `nft list ruleset` prints it."""
        return "\n".join(_table_text(table) for table in self.tables.values())

    def _hooked(self, kind: str, hook: str) -> list[tuple[Table, Chain]]:
        found = [
            (table, chain)
            for table in self.tables.values()
            for chain in table.chains.values()
            if (chain.kind, chain.hook) == (kind, hook) and table.family in {"ip", "inet"}
        ]
        return sorted(found, key=lambda pair: pair[1].priority)

    def _flat(self, table: Table, chain: Chain) -> Iterator[Rule]:
        for rule in chain.rules:
            if rule.verdict.startswith("jump "):
                yield from self._flat(table, table.chains[rule.verdict.removeprefix("jump ")])
            else:
                yield rule

    def _verdict(self, table: Table, chain: Chain, connection: Connection) -> str:
        for rule in chain.rules:
            if not rule.verdict or not rule.applies(connection):
                continue
            verdict = rule.verdict
            if verdict.startswith("jump "):
                jumped = table.chains[verdict.removeprefix("jump ")]
                verdict = self._verdict(table, jumped, connection)
                if verdict == "return":
                    continue
            if verdict == "return" and chain.hook:
                break
            return verdict
        return chain.policy if chain.hook else "return"


def _tcp_ports(rule: Rule) -> Iterator[int]:
    for match in rule.matches:
        if match.subject == "tcp dport":
            for value in match.values:
                first, last = value if isinstance(value, tuple) else (int(value), int(value))
                yield from range(first, last + 1)


def _in_range(value: str | tuple[int, int], port: int) -> bool:
    if isinstance(value, tuple):
        return value[0] <= port <= value[1]
    return int(value) == port


def _in_network(value: str, address: str) -> bool:
    # ipaddress is slow to import, and few rulesets have addresses.
    import ipaddress  # noqa: PLC0415

    return ipaddress.ip_address(address) in ipaddress.ip_network(value, strict=False)


def _table_text(table: Table) -> str:
    lines = [f"table {table.family} {table.name} {{"]
    for number, chain in enumerate(table.chains.values()):
        if number:
            lines.append("")
        lines.append(f"\tchain {chain.name} {{")
        if chain.hook:
            lines.append(
                f"\t\ttype {chain.kind} hook {chain.hook} priority {chain.priority_text}; "
                f"policy {chain.policy};"
            )
        lines += [f"\t\t{rule.text}" for rule in chain.rules]
        lines.append("\t}")
    lines.append("}")
    return "\n".join(lines)

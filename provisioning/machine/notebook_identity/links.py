"""One-time links: how a Jupyter client signs in that shows no pages.

A client sends its token with each request, so a token can't be gone after its first use. It is
bound to the first network address that uses it instead. Hashes only; Python 3.9 and the standard
library only, as in `state`.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass

SECONDS = 7 * 86400
"""How long a link that was used goes on to work: as long as a browser's session."""


@dataclass
class Link:
    """A person's link: the SHA-256 of its token, to be used first before `use_until` (Unix
    seconds), from then on by the network `used_from` until `ends_at`."""

    sha256: str
    use_until: float
    used_from: str = ""
    ends_at: float = 0.0

    def opens_for(self, address: str, now: float) -> bool:
        """Whether a request with its token from this address gets in, were it the first or not."""
        if not self.used_from:
            return now < self.use_until
        return self.used_from == network_of(address) and now < self.ends_at

    def use(self, address: str, now: float) -> None:
        """Bind it to who uses it first."""
        if not self.used_from:
            self.used_from, self.ends_at = network_of(address), now + SECONDS


def network_of(address: str) -> str:
    """An IPv4 address; the half of an IPv6 one that a computer keeps when it changes the rest."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def sha256_of(token: str) -> str:
    """What is kept of a token: it is long and random, so no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()

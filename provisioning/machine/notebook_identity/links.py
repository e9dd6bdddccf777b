"""One-time links, with which a Jupyter client without a browser signs in.

A client sends its token with each request, so the token must outlive its first use. Instead, the
first use binds the token to the client's network address. Only hashes are stored. Python 3.9 and
its standard library only, as in `state`.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass

SECONDS = 7 * 86400
"""How long a used link remains valid: as long as a browser's session."""


@dataclass
class Link:
    """A member's link, by the SHA-256 of its token.

    The first use must be before `use_until` (Unix seconds). From then on the link is valid for the
    network `used_from` until `ends_at`.
    """

    sha256: str
    use_until: float
    used_from: str = ""
    ends_at: float = 0.0

    def opens_for(self, address: str, now: float) -> bool:
        """Return whether a request with the link's token from this address is admitted."""
        if not self.used_from:
            return now < self.use_until
        return self.used_from == network_of(address) and now < self.ends_at

    def use(self, address: str, now: float) -> None:
        """Bind the link to the network of its first use; later uses change nothing."""
        if not self.used_from:
            self.used_from, self.ends_at = network_of(address), now + SECONDS


def network_of(address: str) -> str:
    """Return an IPv4 address as it is, or an IPv6 address's /64 network.

    A computer may change the other half of its IPv6 address at any time.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def sha256_of(token: str) -> str:
    """Return a token's SHA-256; a token is long and random, so it needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()

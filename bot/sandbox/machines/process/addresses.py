"""Addresses of process machines: 127.64.0.0/10, on which Linux answers without configuration."""

import hashlib
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from bot.sandbox.machines.ports import can_bind

RANGE = IPv4Network("127.64.0.0/10")
_BLOCK = 256


def free_address(directory: Path, taken: frozenset[str], port: int) -> str:
    """Return the next address that is neither taken nor in use by another sandbox.

    The search starts at a place that depends on `directory`, so two sandboxes on one computer
    rarely meet. The probe of `port` (SSH) finds out if they do. Raise RuntimeError when the range
    is used up.
    """
    for address in _addresses(directory):
        if address not in taken and can_bind(address, port):
            return address
    raise RuntimeError(f"no free address is left in {RANGE}")


def _addresses(directory: Path) -> Iterator[str]:
    blocks = RANGE.num_addresses // _BLOCK
    digest = hashlib.sha256(str(directory.resolve()).encode()).digest()
    start = int.from_bytes(digest[:4]) % blocks
    for number in range(blocks):
        first = int(RANGE.network_address) + (start + number) % blocks * _BLOCK
        # .0 and .255 are valid here, but programs that guess at netmasks refuse them.
        for last in range(4, _BLOCK - 1):
            yield str(IPv4Address(first + last))

"""Debian's pebble: a real ACME authority for tests, with a DNS server that the tests control."""

import asyncio
import datetime
import ipaddress
import json
import os
import shutil
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .jupyter_server import free_port

BLOCKED = "refused.example.com"


@dataclass
class Authority:
    """A running authority.

    `directory` is its ACME address; `ca` the PEM certificate of its https; `root` the PEM
    certificate that signs the issued certificates.
    """

    directory: str
    ca: str
    root: str


@asynccontextmanager
async def running_authority(
    folder: Path, leads_to: str, http_port: int
) -> AsyncIterator[Authority]:
    """Run an authority for which every name leads to `leads_to`, with proofs on `http_port`."""
    _require_pebble()
    folder.mkdir(parents=True)
    listen, management, dns, unused = free_port(), free_port(), free_port(), free_port()
    ca = _certificate(folder)
    settings = {
        "listenAddress": f"127.0.0.1:{listen}",
        "managementListenAddress": f"127.0.0.1:{management}",
        "certificate": str(folder / "cert.pem"),
        "privateKey": str(folder / "key.pem"),
        "httpPort": http_port,
        "tlsPort": unused,
        "domainBlocklist": [BLOCKED],
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
    names = {
        "-defaultIPv4": leads_to,
        "-dns01": f"127.0.0.1:{dns}",
        "-management": f"127.0.0.1:{unused}",
        **dict.fromkeys(("-defaultIPv6", "-http01", "-https01", "-tlsalpn01"), ""),
    }
    commands = (
        ["pebble-challtestsrv", *(word for pair in names.items() for word in pair)],
        ["pebble", "-config", folder / "pebble.json", "-dnsserver", f"127.0.0.1:{dns}"],
    )
    environ = os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
    with (folder / "log").open("wb") as log:
        processes = [
            await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, env=environ)
            for command in commands
        ]
    try:
        root = await _root(f"https://127.0.0.1:{management}/roots/0", ca, folder / "log")
        yield Authority(f"https://127.0.0.1:{listen}/dir", ca, root)
    finally:
        await _end(processes)


def _require_pebble() -> None:
    missing = [name for name in ("pebble", "pebble-challtestsrv") if shutil.which(name) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail("CI needs pebble")
    if missing:
        pytest.skip("pebble is not installed")


async def _end(processes: list[asyncio.subprocess.Process]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _root(url: str, ca: str, log: Path) -> str:
    context = ssl.create_default_context(cadata=ca)
    async with aiohttp.ClientSession() as session, asyncio.timeout(20):
        while True:
            with suppress(aiohttp.ClientError):
                async with session.get(url, ssl=context) as answer:
                    if answer.status == 200:
                        return await answer.text()
            await asyncio.sleep(0.05)
    raise AssertionError(log.read_text())


def _certificate(folder: Path) -> str:
    """Write a certificate for the authority's own https, and return it as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    (folder / "cert.pem").write_text(pem)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem

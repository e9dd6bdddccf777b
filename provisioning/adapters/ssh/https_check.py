"""The check of a notebook server from outside, by the fingerprint of its certificate."""

import json

import aiohttp

from provisioning.core.errors import NotYet, PermanentError
from provisioning.core.language import N_

TIMEOUT_SECONDS = 10.0


async def check_https(
    address: str,
    port: int,
    hostname: str,
    certificate_sha256: str,
    timeout: float = TIMEOUT_SECONDS,
) -> None:
    """Connect to `address`, compare the certificate, then ask `/api` for Jupyter's version.

    Nothing is sent before the certificate is compared. `certificate_sha256` is hex, with or
    without colons; `timeout` is in seconds.

    Raises:
        NotYet: while nothing, or no Jupyter, answers.
        PermanentError: `CertificateChanged` if another certificate is shown.
    """
    pin = aiohttp.Fingerprint(bytes.fromhex(certificate_sha256.replace(":", "")))
    limit = aiohttp.ClientTimeout(total=timeout)
    # Neither proxies nor netrc: a member's browser connects to the machine directly.
    async with aiohttp.ClientSession(timeout=limit, trust_env=False) as session:
        try:
            await _ask_version(session, address, port, hostname, pin)
        except aiohttp.ServerFingerprintMismatch as error:
            raise PermanentError(
                N_(
                    "The server's address shows another certificate than the server's own, so no "
                    "password was given out. Delete the server and create it again; if that "
                    "repeats, tell an admin."
                ),
                "CertificateChanged",
            ) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise NotYet(
                N_("https does not answer yet ({error})", error=type(error).__name__)
            ) from error


async def _ask_version(
    session: aiohttp.ClientSession, address: str, port: int, hostname: str, pin: aiohttp.Fingerprint
) -> None:
    async with session.get(
        f"https://{_bracketed(address)}:{port}/api",
        ssl=pin,
        server_hostname=hostname,
        headers={"Host": hostname if port == 443 else f"{hostname}:{port}"},
        allow_redirects=False,
    ) as response:
        if response.status != 200:
            raise NotYet(N_("https answers with status {status}", status=response.status))
        try:
            version = json.loads(await response.text())["version"]
        except (ValueError, KeyError, TypeError) as error:
            raise NotYet(N_("https answers, but not Jupyter")) from error
        if not isinstance(version, str):
            raise NotYet(N_("https answers, but not Jupyter"))


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address

"""The TLS section of the settings, checked; an error names the missing or unusable setting."""

from pathlib import Path

from bot.config.settings import Settings
from provisioning.access.certificates import CertificateFiles, check_authorities
from provisioning.core.errors import UserError
from provisioning.core.model.policy import Tls


def tls_of(settings: Settings) -> tuple[Tls, CertificateFiles | None]:
    """Return the source of the certificates, and the organisation's files in mode `organisation`.

    Raises:
        UserError: naming the setting that is missing or whose file can't be used.
    """
    tls = settings.tls
    prefix = "NOTEBOOK_BOT_TLS__"
    if tls.mode == "self-signed":
        return Tls(), None
    if not tls.domain:
        raise UserError(f"TLS mode {tls.mode} needs {prefix}DOMAIN, the servers' domain.")
    if tls.mode == "organisation":
        if tls.certificate_file is None or tls.key_file is None:
            raise UserError(
                f"TLS mode organisation needs {prefix}CERTIFICATE_FILE and {prefix}KEY_FILE."
            )
        known = Tls(tls.mode, tls.domain, region=settings.azure.region)
        regions = (settings.azure.region, *settings.azure.other_regions)
        domains = tuple(map(known.domain_of, regions))
        files = CertificateFiles(tls.certificate_file, tls.key_file, domains)
        files.read()
        return known, files
    authorities = read_authorities(tls.acme_ca_file, f"{prefix}ACME_CA_FILE")
    known = Tls(
        tls.mode,
        tls.domain,
        tls.acme_directory,
        tls.acme_email,
        authorities,
        tls.http_port,
        settings.azure.region,
    )
    return known, None


def read_authorities(file: Path | None, setting: str) -> str:
    """Return the CA certificates (PEM) in the file of a setting; "" without a file.

    Raises:
        UserError: naming `setting`, if the file can't be read or is not PEM.
    """
    if file is None:
        return ""
    try:
        text = file.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise UserError(
            f"{file} can't be read ({type(error).__name__}). Check {setting}."
        ) from error
    return check_authorities(text, setting)
